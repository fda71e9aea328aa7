package apnstest

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	pathPrefix = "/3/device/"
	// maxPayload is in bytes.
	// https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
	maxPayload = 4096
)

// serve judges one request, answers it and writes it down.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	now := s.options.Now()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		return // the client went away in the middle
	}
	push := receive(r, body)
	push.Time = now.UTC()
	reply := s.judge(r, push)
	if reply.Status == http.StatusOK {
		reply = s.script.next(push.PushToken)
	}
	if reply.Status == 0 {
		reply.Status = http.StatusOK
	}
	if reply.Delay > 0 && s.options.Pause(r.Context(), reply.Delay) != nil {
		return
	}
	if reply.Drop {
		s.history.add(push)
		drop(r)
	}
	push.Status, push.Reason = reply.Status, reply.Reason
	s.history.add(push)
	reply.write(w, push.ID, s.options.Now())
	if push.Status == http.StatusOK {
		s.wake(push)
	}
}

// receive writes down what was sent, right or wrong.
func receive(r *http.Request, body []byte) Push {
	token, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), pathPrefix))
	if err != nil {
		token = r.URL.Path
	}
	priority, _ := strconv.Atoi(r.Header.Get("apns-priority"))
	expiration, _ := strconv.ParseInt(r.Header.Get("apns-expiration"), 10, 64)
	return Push{
		PushToken:     token,
		Topic:         r.Header.Get("apns-topic"),
		PushType:      r.Header.Get("apns-push-type"),
		Priority:      priority,
		Expiration:    expiration,
		Body:          string(body),
		ID:            r.Header.Get("apns-id"),
		Authorization: r.Header.Get("Authorization"),
	}
}

// drop ends the request's connection as a lost network would. It does not return.
func drop(r *http.Request) {
	conn := r.Context().Value(connectionKey{}).(net.Conn)
	if encrypted, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = encrypted.NetConn() // no close_notify
	}
	conn.Close()
	panic(http.ErrAbortHandler)
}

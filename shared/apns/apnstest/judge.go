package apnstest

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// maxStorage is how long APNs keeps a push at most.
const maxStorage = 30 * 24 * time.Hour

var (
	// lowerUUID is the canonical form of RFC 9562 in lower case.
	lowerUUID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

	pushTypes = []string{"alert", "background", "location", "voip", "complication", "fileprovider", "mdm",
		"liveactivity", "pushtotalk", "widgets", "controls"}
)

// judge says what APNs would answer if it were in good health, and is stricter where APNs guesses a default: every
// header that passes need must be there.
func (s *Server) judge(r *http.Request, p Push) Reply {
	checks := []func(*http.Request, Push) Reply{
		checkPath, checkHeaders, s.checkCredential, s.checkToken, s.checkTopic, checkPushType, s.checkExpiration, checkPayload,
	}
	for _, check := range checks {
		if reply := check(r, p); reply.Status != 0 {
			return reply
		}
	}
	return Reply{Status: http.StatusOK}
}

func badRequest(reason string) Reply { return Reply{Status: http.StatusBadRequest, Reason: reason} }
func forbidden(reason string) Reply  { return Reply{Status: http.StatusForbidden, Reason: reason} }

func checkPath(r *http.Request, p Push) Reply {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), pathPrefix)
	switch {
	case r.Method != http.MethodPost:
		return Reply{Status: http.StatusMethodNotAllowed, Reason: "MethodNotAllowed"}
	case !ok || strings.Contains(path, "/"):
		return Reply{Status: http.StatusNotFound, Reason: "BadPath"}
	case p.PushToken == "":
		return badRequest("MissingDeviceToken")
	default:
		return Reply{}
	}
}

func checkHeaders(r *http.Request, p Push) Reply {
	for name, values := range r.Header {
		if strings.HasPrefix(name, "Apns-") && len(values) > 1 {
			return badRequest("DuplicateHeaders")
		}
	}
	switch {
	case !lowerUUID.MatchString(p.ID):
		return badRequest("BadMessageId")
	case len(r.Header.Get("apns-collapse-id")) > 64:
		return badRequest("BadCollapseId")
	default:
		return Reply{}
	}
}

func (s *Server) checkCredential(r *http.Request, p Push) Reply {
	switch {
	case certificateOf(r) != nil, s.options.ClientCAs == nil && s.options.ProviderKeys == nil:
		return Reply{}
	case p.Authorization == "":
		return forbidden("MissingProviderToken")
	default:
		return s.checkProviderToken(p.Authorization)
	}
}

func (s *Server) checkToken(_ *http.Request, p Push) Reply {
	if _, err := hex.DecodeString(p.PushToken); err != nil && !s.options.AnyToken {
		return badRequest("BadDeviceToken")
	}
	return Reply{}
}

func (s *Server) checkTopic(r *http.Request, p Push) Reply {
	certificate := certificateOf(r)
	switch {
	case p.Topic == "":
		return badRequest("MissingTopic")
	case wallet.ValidatePassType(p.Topic) != nil:
		return badRequest("BadTopic")
	case len(s.options.Topics) > 0 && !slices.Contains(s.options.Topics, p.Topic):
		return badRequest("TopicDisallowed")
	case certificate != nil && userID(certificate) != p.Topic:
		return badRequest("TopicDisallowed")
	default:
		return Reply{}
	}
}

func checkPushType(r *http.Request, p Push) Reply {
	switch {
	case !slices.Contains(pushTypes, p.PushType):
		return badRequest("InvalidPushType")
	case p.Priority != 1 && p.Priority != 5 && p.Priority != 10:
		return badRequest("BadPriority")
	case p.PushType == "background" && p.Priority != 5:
		return badRequest("BadPriority")
	default:
		return Reply{}
	}
}

func (s *Server) checkExpiration(_ *http.Request, p Push) Reply {
	until := time.Unix(p.Expiration, 0)
	if !until.After(p.Time) || until.After(p.Time.Add(maxStorage)) {
		return badRequest("BadExpirationDate")
	}
	return Reply{}
}

func checkPayload(_ *http.Request, p Push) Reply {
	var object map[string]any
	switch {
	case len(p.Body) > maxPayload:
		return Reply{Status: http.StatusRequestEntityTooLarge, Reason: "PayloadTooLarge"}
	case json.Unmarshal([]byte(p.Body), &object) != nil:
		return badRequest("PayloadEmpty")
	default:
		return Reply{}
	}
}

// certificateOf returns the client's certificate, which the handshake has verified, or nil.
func certificateOf(r *http.Request) *x509.Certificate {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}

// userID returns the UID of the subject (RFC 4519 section 2.39): in Apple's certificates, the pass type identifier.
func userID(c *x509.Certificate) string {
	for _, attribute := range c.Subject.Names {
		if attribute.Type.Equal(asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}) {
			text, _ := attribute.Value.(string)
			return text
		}
	}
	return ""
}

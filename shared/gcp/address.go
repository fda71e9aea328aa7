package gcp

import (
	"net/netip"
	"net/url"
	"strings"
)

// WebServiceURL reads WEB_SERVICE_URL: https, and without the /v1 that devices append.
func (e *Environment) WebServiceURL() string {
	value := e.https("WEB_SERVICE_URL")
	if strings.HasSuffix(value, "/v1") {
		e.problem("WEB_SERVICE_URL is %q: leave out /v1, devices append it", value)
	}
	return value
}

// InstallURL reads INSTALL_URL: the address in front of /install/….
func (e *Environment) InstallURL() string { return e.https("INSTALL_URL") }

func (e *Environment) https(name string) string {
	const form = "an address such as https://passes.example.com"
	value := e.required(name, form)
	if u := parseAddress(value); value != "" && (u == nil || u.Scheme != "https") {
		e.problem("%s is %q: give %s", name, value, form)
	}
	return strings.TrimRight(value, "/")
}

// apnsURL reads APNS_URL, which may be left out. A server on the same machine, such as a fake, may do without TLS.
func (e *Environment) apnsURL() string {
	value := e.lookup("APNS_URL")
	if value == "" {
		return ""
	}
	u := parseAddress(value)
	if u == nil || u.Scheme == "http" && !isLoopback(u.Hostname()) || strings.Trim(u.Path, "/") != "" {
		e.problem("APNS_URL is %q: give an address such as https://api.push.apple.com, or http://127.0.0.1:8443 on this machine", value)
	}
	return value
}

// parseAddress reads the address of a server, perhaps with a path, and nothing more; nil when value is something else.
func parseAddress(value string) *url.URL {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" ||
		u.Hostname() == "" || u.User != nil || strings.ContainsAny(value, "?# ") {
		return nil
	}
	return u
}

// isLoopback reports whether host is this machine.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

package apns

import "net/http"

// reasons holds every reason that Apple names, with the status it comes with and what it means to us.
// https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
var reasons = map[string]struct {
	status  int
	verdict Verdict
}{
	"BadDeviceToken":         {400, Refused},
	"DeviceTokenNotForTopic": {400, Refused},

	"BadTopic":        {400, Halt},
	"MissingTopic":    {400, Halt},
	"TopicDisallowed": {400, Halt},

	"BadCollapseId":      {400, Bug},
	"BadExpirationDate":  {400, Bug},
	"BadMessageId":       {400, Bug},
	"BadPriority":        {400, Bug},
	"DuplicateHeaders":   {400, Bug},
	"InvalidPushType":    {400, Bug},
	"MissingDeviceToken": {400, Bug},
	"PayloadEmpty":       {400, Bug},

	idleTimeout: {400, Later},

	"BadCertificate":             {403, Halt},
	"BadCertificateEnvironment":  {403, Halt},
	"BadEnvironmentKeyIdInToken": {403, Halt},
	expiredProviderToken:         {403, Halt}, // after a new one was tried
	"Forbidden":                  {403, Halt},
	"InvalidProviderToken":       {403, Halt},
	"MissingProviderToken":       {403, Halt},
	"UnrelatedKeyIdInToken":      {403, Halt},

	"BadPath":          {404, Bug},
	"MethodNotAllowed": {405, Bug},

	"ExpiredToken": {410, Gone},
	"Unregistered": {410, Gone},

	"PayloadTooLarge": {413, Bug},

	"TooManyProviderTokenUpdates": {429, Later},
	"TooManyRequests":             {429, Later},

	"InternalServerError": {500, Later},
	"ServiceUnavailable":  {503, Later},
	"Shutdown":            {503, Later},
}

// The reasons after which a push is repeated in a way of its own.
const (
	expiredProviderToken = "ExpiredProviderToken"
	idleTimeout          = "IdleTimeout"
)

// verdictOf judges an answer. A reason counts only beside the status that Apple gives it: nothing but Apple's own words
// may delete a token. What Apple does not name is judged by its status.
func verdictOf(status int, reason string) Verdict {
	if known, ok := reasons[reason]; ok && known.status == status {
		return known.verdict
	}
	switch {
	case status == http.StatusOK:
		return Taken
	case status == http.StatusTooManyRequests || status >= 500:
		return Later
	case status == http.StatusForbidden:
		return Halt
	default:
		return Bug
	}
}

package webservice

import "net/http"

// A Route is a method and a path. Segments in braces are parameters, named as Apple names them.
type Route struct{ Method, Path string }

// Apple's endpoints, and the link behind "Add to Apple Wallet". A handler finds its parameters under these names with
// [http.Request.PathValue].
var (
	// https://developer.apple.com/documentation/walletpasses/register-a-pass-for-update-notifications
	RegisterDevice = Route{http.MethodPost, "/v1/devices/{deviceLibraryIdentifier}/registrations/{passTypeIdentifier}/{serialNumber}"}
	// https://developer.apple.com/documentation/walletpasses/unregister-a-pass-for-update-notifications
	UnregisterDevice = Route{http.MethodDelete, RegisterDevice.Path}
	// https://developer.apple.com/documentation/walletpasses/get-the-list-of-updatable-passes
	ListUpdatablePasses = Route{http.MethodGet, "/v1/devices/{deviceLibraryIdentifier}/registrations/{passTypeIdentifier}"}
	// https://developer.apple.com/documentation/walletpasses/send-an-updated-pass
	LatestPass = Route{http.MethodGet, "/v1/passes/{passTypeIdentifier}/{serialNumber}"}
	// https://developer.apple.com/documentation/walletpasses/return-a-personalized-pass
	PersonalizePass = Route{http.MethodPost, LatestPass.Path + "/personalize"}
	// https://developer.apple.com/documentation/walletpasses/log-a-message
	LogMessages = Route{http.MethodPost, "/v1/log"}

	// InstallPass is ours: a link in a mail or on a page. https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
	InstallPass = Route{http.MethodGet, "/install/{token}"}
)

// Package apns sends the empty push that tells a device "ask what changed", and says what each answer of the Apple Push
// Notification service (APNs) means for the token that was pushed to.
//
// A push carries nothing: its topic is the pass type identifier and its body is {}. The device answers it by listing its
// updatable passes. So a push that arrives twice does no harm, and one that is lost is made good by the next.
//
// Make one [Client] per credential and keep it: it holds one HTTP/2 connection, on which all its pushes run side by side.
// [Topics] finds the client of a pass type. Every push ends in an [Answer], whose [Verdict] is all that a caller has to
// act on.
//
// Requests are written by github.com/sideshow/apns2. Connections, provider tokens, retries and the reading of answers are
// our own.
//
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
// https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
package apns

// Package webservice speaks HTTP as Apple's devices do: the routes of the web service, the ApplePass token, the bodies, and
// the one table from kinds of error to statuses. Handlers parse, authorise, act and answer; they return their errors, and
// [Router] turns those into answers.
//
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
package webservice

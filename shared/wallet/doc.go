// Package wallet holds the words of the system: passes and their documents, the package that is current, the devices that
// registered, the tags by which they learn what changed, the events between functions, and the kinds of error. It knows
// no cloud and imports only the standard library.
//
// # The life of an update
//
// changed: a business app writes a pass document; a [PassChanged] names the pass.
//
// packaged: a worker reads the document, builds and signs a package, stores it as a new object, and moves the
// [CurrentPackage] forward in one guarded write; a [PassPackaged] follows.
//
// pushed: every [Device] that registered the pass has [Device.Changed] recorded, and gets one empty push.
//
// listed: the device asks what changed since its [UpdateTag] and is given serial numbers and a new tag.
//
// fetched: the device reads the package. When it next presents the new tag, the update is delivered.
package wallet

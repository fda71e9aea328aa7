package wallet

import (
	"fmt"
	"log/slog"
	"strings"
)

// A PassID names one pass: the pass type identifier and the serial number, which Apple always uses together.
// https://developer.apple.com/documentation/walletpasses/pass
type PassID struct {
	PassTypeIdentifier string `json:"passTypeIdentifier"` // for example "pass.com.example.loyalty"
	SerialNumber       string `json:"serialNumber"`       // unique within the pass type
}

// Validate reports whether both halves can be used in a path, a Firestore document name and an object name.
// The error is of kind [ErrInvalid] and says what is allowed.
func (id PassID) Validate() error {
	if err := ValidatePassType(id.PassTypeIdentifier); err != nil {
		return err
	}
	if !word(id.SerialNumber, 64, "._-") || reservedName(id.SerialNumber) {
		return fmt.Errorf("%w: serialNumber %.70q: use 1 to 64 of A-Z a-z 0-9 . _ - (but not \".\", \"..\" or \"__…__\")", ErrInvalid, id.SerialNumber)
	}
	return nil
}

// ValidatePassType reports, as an [ErrInvalid], a pass type identifier that is not of the form pass.com.example.name.
func ValidatePassType(passTypeIdentifier string) error {
	name, ok := strings.CutPrefix(passTypeIdentifier, "pass.")
	if !ok || !word(name, 120, ".-") {
		return fmt.Errorf("%w: passTypeIdentifier %.130q: use pass.com.example.name", ErrInvalid, passTypeIdentifier)
	}
	return nil
}

// reservedName reports names that Firestore or a path would read as something else.
func reservedName(s string) bool {
	return s == "." || s == ".." || strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
}

// String returns "passType/serial", for logs and errors.
func (id PassID) String() string { return id.PassTypeIdentifier + "/" + id.SerialNumber }

// A DeviceID names the record of one device's registrations for one pass type.
type DeviceID struct {
	PassTypeIdentifier      string
	DeviceLibraryIdentifier DeviceLibraryIdentifier
}

// Validate is [PassID.Validate] for a device: 1 to 128 of the letters that serial numbers may use.
func (id DeviceID) Validate() error {
	if err := ValidatePassType(id.PassTypeIdentifier); err != nil {
		return err
	}
	if !isBound(id.DeviceLibraryIdentifier) {
		return fmt.Errorf("%w: deviceLibraryIdentifier: use 1 to 128 of A-Z a-z 0-9 . _ -", ErrInvalid)
	}
	return nil
}

// String names the pass type and the shortened device, for logs and errors.
func (id DeviceID) String() string {
	return fmt.Sprintf("%s/%s", id.PassTypeIdentifier, id.DeviceLibraryIdentifier)
}

// LogValue is String, for slog: a log never names a device in full.
func (id DeviceID) LogValue() slog.Value { return slog.StringValue(id.String()) }

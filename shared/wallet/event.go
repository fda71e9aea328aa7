package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// Topics of the pipeline. A deployment may rename them; these are the names of the contract.
const (
	TopicPassUpdates  = "pass-updates"  // from issuers: partial documents
	TopicPassChanged  = "pass-changed"  // a pass document was written
	TopicPassPackaged = "pass-packaged" // a package can be fetched

	TopicPassPersonalized = "pass-personalized" // to the business: a customer has signed up
)

// PassChanged says that a pass document was written. It is a hint: whoever receives it reads the document.
type PassChanged struct{ PassID }

// PassPackaged says that a package can be fetched, or that a device owes itself a push. It is a hint too.
type PassPackaged struct {
	PassID
	// Version of the package when the message was sent; for people who read messages.
	Version int64 `json:"version,omitempty"`
	// DeviceLibraryIdentifier narrows the announcement to one device: it has just registered, or has long been owed a push.
	DeviceLibraryIdentifier DeviceLibraryIdentifier `json:"deviceLibraryIdentifier,omitempty"`
	// Shard narrows it to a part of the devices, where there are too many to tell all of them at once.
	Shard
}

// Validate reports, as an [ErrInvalid], what names no pass, or a device or shard that cannot be.
func (e PassPackaged) Validate() error {
	if err := e.PassID.Validate(); err != nil {
		return err
	}
	if d := (DeviceID{e.PassTypeIdentifier, e.DeviceLibraryIdentifier}); d.DeviceLibraryIdentifier != "" {
		return d.Validate()
	}
	return e.Shard.Validate()
}

// LogValue is the pass, for slog: a log never names a device in full.
func (e PassPackaged) LogValue() slog.Value { return slog.StringValue(e.PassID.String()) }

// PassPersonalized says that a customer has signed up, and holds nothing of what they said: whoever receives it reads the
// record. There is one record per pass, ever, so the pass tells a repeated message from a new one.
type PassPersonalized struct{ PassID }

// ParseEvent reads the body of a message into event and validates its pass. Errors are of kind [ErrInvalid]. Unknown
// members are ignored, so that a newer publisher does not stop an older worker.
func ParseEvent[E interface{ Validate() error }](message []byte, event *E) error {
	if err := json.Unmarshal(message, event); err != nil {
		return fmt.Errorf("%w: message: %v", ErrInvalid, err)
	}
	return (*event).Validate()
}

// A MessageHandler does the work of one message. A nil answer acknowledges it; an error asks for another delivery.
type MessageHandler func(ctx context.Context, message []byte) error

// Acknowledge decides what becomes of a message whose handling ended with err: what can never succeed ([ErrInvalid],
// [ErrNotFound], [ErrTooLarge]) is logged with its reason and acknowledged, by returning nil; every other error is returned
// and asks for another delivery.
func Acknowledge(ctx context.Context, log *slog.Logger, function string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrInvalid), errors.Is(err, ErrNotFound), errors.Is(err, ErrTooLarge):
		log.ErrorContext(ctx, "message refused", "function", function, ErrorAttr(err))
		return nil
	default:
		log.WarnContext(ctx, "message will be delivered again", "function", function, ErrorAttr(err))
		return err
	}
}

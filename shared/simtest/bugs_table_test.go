package simtest

// A bug is a rule taken out of the code.
type bug struct {
	name string
	why  string // what it does
	file string
	old  string // is there exactly once
	new  string
	found
}

// found says with and without what a bug can be found: retries hide some from the sweep, and the sweep others from everyone.
type found int

const (
	either found = iota
	onlyWithSweep
	onlyWithoutSweep
)

const (
	deviceGo     = "shared/wallet/device.go"
	pushesGo     = "shared/wallet/pushes.go"
	packageGo    = "shared/wallet/package.go"
	regenerateGo = "functions/regenerate/regenerate.go"
)

var bugs = []bug{
	{"stale token kept", "a phone that registers again keeps the push token it had", deviceGo,
		"if token != d.PushToken || d.TokenRefused {", "if d.PushToken.IsZero() || d.TokenRefused {", either},
	{"new token earns no push", "what was sent to the former token is not sent again", deviceGo,
		"d.PushToken, d.TokenRefused = token, false\n\t\td.owePush()", "d.PushToken, d.TokenRefused = token, false", onlyWithoutSweep},
	{"registration is no change", "a pass that changed between download and registration is not listed", deviceGo,
		"	d.change()\n	d.Passes[serialNumber] =", "	d.Passes[serialNumber] =", either},
	{"epoch dropped", "a tag of an earlier life of the record is believed", deviceGo,
		"if tag.Epoch != d.Epoch || since > d.Sequence {", "if since > d.Sequence {", either},
	{"every announcement is news", "a redelivered announcement counts as a change", deviceGo,
		"!ok || pkg.Version == 0 || pkg.CommittedAt() <= p.Since", "!ok || pkg.Version == 0 || pkg.CommittedAt() < p.Since", either},
	{"late registration covered too early", "a change between the registration's read and its write is not news", deviceGo,
		"RegisteredPass{Sequence: d.Sequence, Since: d.ReadAt}", "RegisteredPass{Sequence: d.Sequence, Since: d.ReadAt + 3_600_000_000}", either},
	{"410 race", "an answer older than the confirmation of the token deletes the device", pushesGo,
		"if d.PushToken != token || !d.TokenConfirmed.Before(since) {", "if d.PushToken != token {", either},
	{"refusal race", "an answer older than the confirmation of the token stops its pushes", pushesGo,
		"if d.PushToken != token || d.TokenConfirmed.After(asked) || len(d.Passes) == 0 {", "if d.PushToken != token || len(d.Passes) == 0 {", either},
	{"answer about an earlier life", "the answer to a push for a record that is gone counts for the one that replaced it", pushesGo,
		"d.PushToken != token || d.Epoch != at.Epoch || at.Sequence < d.Pushed", "d.PushToken != token || at.Sequence < d.Pushed", onlyWithoutSweep},
	{"push covers what came after it", "a change while a push is on its way gets none of its own", pushesGo,
		"	d.Pushed = at.Sequence\n", "	d.Pushed = d.Sequence\n", onlyWithoutSweep},
	{"no push again", "a push that was lost is not repeated", pushesGo,
		"	d.PushDue = now.Add(pushGaps[min(d.PushCount, len(pushGaps))-1])", "	d.PushDue = time.Time{}", onlyWithSweep},
	{"Last-Modified does not rise", "two versions of one second have the same Last-Modified", packageGo,
		"p.Version > 0 && next.LastModified.Before(least)", "false && next.LastModified.Before(least)", either},
	{"one-second 304", "a version one second newer than the phone's is not sent", "shared/webservice/package.go",
		"return err == nil && !t.After(since)", "return err == nil && !t.After(since.Add(time.Second))", either},
	{"Last-Modified of the clock", "the package is sent with another version's Last-Modified", "shared/webservice/package.go",
		"	SetLastModified(w, pkg.LastModified)\n	w.WriteHeader(http.StatusOK)", "	SetLastModified(w, pkg.LastModified.Add(time.Second))\n	w.WriteHeader(http.StatusOK)", either},
	{"document read first", "an older document is packaged over a newer one", regenerateGo,
		"		current, err := p.Store.CurrentPackage(ctx, id)\n		if err != nil {\n			return current, err\n		}\n		doc, err := p.Store.Document(ctx, id)\n		if err != nil {\n			return current, err\n		}",
		"		doc, err := p.Store.Document(ctx, id)\n		if err != nil {\n			return wallet.CurrentPackage{}, err\n		}\n		current, err := p.Store.CurrentPackage(ctx, id)\n		if err != nil {\n			return current, err\n		}", either},
	{"one object for all attempts", "an object's name does not tell its content", regenerateGo,
		"current.ObjectName(next.Version, hash[:32])", "current.ObjectName(next.Version, \"0\")", either},
	{"already done, so silent", "a package that is found current is not announced again", regenerateGo,
		"		current.Problem == nil {\n		return current, nil\n	}", "		current.Problem == nil {\n		return wallet.CurrentPackage{}, nil\n	}", onlyWithoutSweep},
	{"unchanged, and signed again", "the same content makes a new version", regenerateGo,
		"if hash == current.ContentHash {", "if hash == \"\" {", either},
	{"conflict taken for success", "who loses a race over the pointer leaves", regenerateGo,
		"		if !errors.Is(err, wallet.ErrConflict) {\n			return next, err\n		}", "		if !errors.Is(err, wallet.ErrConflict) {\n			return next, err\n		}\n		return current, nil", onlyWithoutSweep},
	{"unknown commit believed to be none", "a commit whose answer was lost is acknowledged in silence", regenerateGo,
		"		return next, fmt.Errorf(\"move the pointer to version %d: %w\", next.Version, err)", "		if errors.Is(err, wallet.ErrConflict) {\n			return next, err\n		}\n		return wallet.CurrentPackage{}, nil", onlyWithoutSweep},
	{"lost device write", "who loses a race over a device's record believes to have won", "shared/wallet/update.go",
		"		if err == nil {\n			d.Revision = revision", "		if err == nil || errors.Is(err, ErrConflict) {\n			d.Revision = revision", either},
	{"list counted as delivered", "a list that never arrived counts as delivered", "functions/updatable/updatable.go",
		"presented, told := d.Present(tag)", "presented, told := d.Present(d.Tag())", onlyWithSweep},
	{"registration earns no push", "the push that a registration is owed is not announced", "functions/register/register.go",
		"if device.NeedsPush(now()) {", "if device.NeedsPush(now()) && now().IsZero() {", onlyWithoutSweep},
	{"last registration stays", "the record of a device survives its last registration", "functions/unregister/unregister.go",
		"			return d.Unregister(pass.SerialNumber)", "			return d.Unregister(pass.SerialNumber) && len(d.Passes) > 0", either},
	{"failed pushes acknowledged", "an announcement that did not reach every device is not repeated", "functions/push/push.go",
		"		\"gone\", f.answers[apns.Gone], \"failed\", len(f.left))\n	return f.finish(ctx)", "		\"gone\", f.answers[apns.Gone], \"failed\", len(f.left))\n	return nil", onlyWithoutSweep},
	{"lost trigger acknowledged", "a write whose message could not be published is forgotten", "functions/changed/changed.go",
		"			return fmt.Errorf(\"changed %v: %w\", id, err)", "			fmt.Sprint(err)", onlyWithoutSweep},
	{"sweep blind to documents", "a document whose message was lost stays ahead of its package", "functions/sweep/documents.go",
		"	case doc > pkg.SourceRevision:", "	case doc < 0:", onlyWithSweep},
	{"sweep blind to documents that are gone", "a pass whose document was taken away stays valid where the message was lost", "functions/sweep/documents.go",
		"	case gone && pkg.Version > 0 && !pkg.DocumentGone:", "	case gone && pkg.Version < 0:", onlyWithSweep},
	{"sweep blind to fan-outs", "a package whose announcement was lost is not announced again", "functions/sweep/documents.go",
		"	if pkg.Version == 0 || !s.reached(", "	if pkg.Version >= 0 || !s.reached(", onlyWithSweep},
	{"live package removed", "the sweep takes the current package for a superseded one", "shared/wallet/object.go",
		"!ok || id != p.ID || object == p.Object || version > p.Version", "!ok || id != p.ID || version > p.Version", onlyWithSweep},
}

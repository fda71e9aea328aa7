package regenerate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

// pictured is a business that writes a document whose strip is a picture of this file, which a host sends with err.
func (l *line) pictured(points int64, file []byte, err error) {
	l.packager.Renderer.Pictures = document.NewAlbum(l.bucket, func(context.Context, string, string) ([]byte, error) { return file, err })
	l.points(points)
	l.write(func(doc wallet.DocumentSnapshot) wallet.DocumentSnapshot {
		fields := doc.Business()
		fields["images"] = map[string]any{"strip": fmt.Sprintf("gs://pictures/strip-%d", points)}
		return doc.Replace(fields)
	})
}

// A picture that is out of reach now is looked for again, and the business can see what is waited for. What devices hold stays
// as it is until then.
func TestAPictureThatIsOutOfReach(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	before := l.current()
	l.pictured(2, nil, errDown)
	err := l.deliver()
	if !errors.Is(err, errDown) || wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "RegeneratePass", err) == nil {
		t.Errorf("%v asks for no other delivery", err)
	}
	pkg := l.current()
	if pkg.Problem == nil || pkg.Problem.Findings[0].Path != "/images/strip" || pkg.SourceRevision != before.SourceRevision || pkg.Version != 1 {
		t.Errorf("%+v", pkg)
	}
	l.packager.Now = func() time.Time { return noon.Add(time.Minute) }
	if err := l.deliver(); !errors.Is(err, errDown) || l.current().Revision != pkg.Revision {
		t.Errorf("%v, and the same is written again", err)
	}
	l.pictured(3, nil, fmt.Errorf("%w: not a picture", wallet.ErrInvalid))
	l.check(l.deliver())
	if pkg := l.current(); pkg.Problem == nil || pkg.SourceRevision == before.SourceRevision || !strings.Contains(l.served(), `"value":1`) {
		t.Errorf("a picture that cannot be used: %+v", pkg)
	}
	l.points(4)
	l.check(l.deliver())
	if pkg := l.current(); pkg.Problem != nil || !strings.Contains(l.served(), `"value":4`) {
		t.Errorf("healed: %+v", pkg)
	}
	l.check(errors.Join(l.Violations()...))
}

// Whatever is wrong with the document of a deleted pass must not keep the pass alive.
func TestADeletedPassWaitsForNoPicture(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.announced = nil
	l.pictured(2, nil, errDown)
	l.write(wallet.DocumentSnapshot.Delete)
	l.check(l.deliver())
	if !strings.Contains(l.served(), `"voided":true`) || !slices.Equal(l.announced, []int64{2}) {
		t.Errorf("announced %v: %s", l.announced, l.served())
	}
}

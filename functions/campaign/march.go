package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

const (
	// shardSize bounds the passes that are announced and looked at together; a second's worth of the pace does, too.
	shardSize = 250
	// shardsInFlight bounds the shards on their way, and so how many passes an update may find before it in the queue.
	shardsInFlight = 4
	// leastPause is between the first two looks at a shard. Each reads the whole of it.
	leastPause = 200 * time.Millisecond
	// publishing bounds the announcements on their way at the same time.
	publishing = 32
	// patience is how long a pass may take to come up before it is left behind, for the next round.
	patience = 10 * time.Minute
	// doubt is when it is announced again, in case that was lost.
	doubt = patience / 2
	// leastWait is how long it has at any rate since it was announced last, or was to be.
	leastWait = 30 * time.Second
)

// A shard is a part of the passes, between two serial numbers.
type shard struct {
	after, until string
	passes       int64 // when it was sent
	sent         time.Time
}

// A tally is what has become of the passes of a shard.
type tally struct {
	up, refused, behind int64 // the refused are among those that are up
}

// A march is what one call does for one campaign.
type march struct {
	*Runner
	c      wallet.Campaign // as it was last saved
	driver string
	ends   time.Time

	flight []shard   // announced and not done, in order
	sent   string    // the serial number up to which all are announced
	before string    // the serial number up to which the call before has announced them
	last   bool      // there are no more to be announced
	next   time.Time // when the pace allows the next announcement
	passes int64     // that were looked at
}

func newMarch(r *Runner, c wallet.Campaign) *march {
	now := r.Now()
	m := &march{Runner: r, c: c, driver: c.Driver, ends: now.Add(shift), next: now, sent: c.After}
	if now.Before(m.moved().Add(doubt)) {
		m.before = c.Sent
	}
	return m
}

// moved is when the campaign last came further, or was last free to.
func (m *march) moved() time.Time {
	if m.c.WatchUntil.After(m.c.Moved) {
		return m.c.WatchUntil
	}
	return m.c.Moved
}

// work announces shards, a few ahead, and advances the campaign as the oldest of them is done, until the shift ends. To the next
// call it leaves word of what is on its way.
func (m *march) work(ctx context.Context) error {
	for m.c.State == wallet.CampaignRunning && !m.c.Waits(m.Now()) && m.Now().Before(m.ends) {
		if err := m.fill(ctx); err != nil {
			return err
		}
		if len(m.flight) == 0 && m.last {
			if err := m.finish(ctx); err != nil {
				return err
			}
			continue
		}
		if len(m.flight) == 0 {
			return nil // the shift is over
		}
		if err := m.await(ctx); err != nil {
			return err
		}
	}
	if len(m.flight) == 0 || m.c.State != wallet.CampaignRunning {
		return nil
	}
	return m.update(ctx, func(c *wallet.Campaign) { c.Sent = m.sent })
}

// fill announces shards until enough are on their way.
func (m *march) fill(ctx context.Context) error {
	for len(m.flight) < shardsInFlight && !m.last && m.Now().Before(m.ends) {
		size := int64(min(shardSize, max(1, m.c.Pace)))
		if upcoming := m.c.Upcoming(); upcoming >= 0 {
			for _, s := range m.flight {
				upcoming -= s.passes
			}
			if size = min(size, upcoming); size <= 0 {
				return nil
			}
		}
		if err := m.send(ctx, int(size)); err != nil {
			return err
		}
	}
	return nil
}

// send announces the passes of the next shard that are behind.
func (m *march) send(ctx context.Context, size int) error {
	s := shard{after: m.sent}
	var behind []wallet.PassID
	for pkg, err := range m.Store.TemplatePackages(ctx, m.c.ID, m.sent, "", size) {
		if err != nil && !errors.Is(err, wallet.ErrInvalid) {
			return err
		}
		s.until, s.passes = pkg.ID.SerialNumber, s.passes+1
		switch {
		case err != nil:
			m.Log.ErrorContext(ctx, "unreadable package record", "error", err)
		case m.c.Behind(pkg) && pkg.ID.SerialNumber > m.before:
			behind = append(behind, pkg.ID)
		}
	}
	m.last = s.passes < int64(size)
	if s.passes == 0 {
		return nil
	}
	if err := m.announce(ctx, behind); err != nil {
		return err
	}
	s.sent = m.Now()
	m.flight, m.sent = append(m.flight, s), s.until
	return nil
}

// announce publishes what is behind, when the campaign's pace allows.
func (m *march) announce(ctx context.Context, behind []wallet.PassID) error {
	if err := wait(ctx, m.next.Sub(m.Now())); err != nil {
		return err
	}
	if now := m.Now(); m.next.Before(now) { // what was not used is not made up for
		m.next = now
	}
	m.next = m.next.Add(time.Duration(len(behind)) * time.Second / time.Duration(max(1, m.c.Pace)))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(publishing)
	for _, id := range behind {
		group.Go(func() error {
			if err := m.Events.PassChanged(ctx, wallet.PassChanged{PassID: id}); err != nil {
				return fmt.Errorf("announce %v: %w", id, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// await waits until the oldest shard is done, or out of time, and advances the campaign.
func (m *march) await(ctx context.Context) error {
	s := m.flight[0]
	for pause := leastPause; ; pause = min(2*pause, 10*leastPause) {
		found, err := m.check(ctx, s)
		if err != nil {
			return err
		}
		now := m.Now()
		if found.behind > 0 && (now.Before(m.moved().Add(patience)) || now.Before(s.sent.Add(leastWait))) {
			if !now.Before(m.ends) {
				return nil // the next call goes on from here
			}
			if err := wait(ctx, pause); err != nil {
				return err
			}
			continue
		}
		m.flight, m.passes = m.flight[1:], m.passes+found.up+found.behind
		return m.update(ctx, func(c *wallet.Campaign) { c.Advance(now, s.until, found.up, found.refused, found.behind) })
	}
}

// check looks at all passes of a shard, among them those that have come in between since it was sent.
func (m *march) check(ctx context.Context, s shard) (tally, error) {
	var found tally
	for after := s.after; after < s.until; {
		read := 0
		for pkg, err := range m.Store.TemplatePackages(ctx, m.c.ID, after, s.until, shardSize) {
			if err != nil && !errors.Is(err, wallet.ErrInvalid) {
				return tally{}, err
			}
			after, read = pkg.ID.SerialNumber, read+1
			if err == nil && m.c.Behind(pkg) {
				found.behind++
				continue
			}
			found.up++ // or cannot be read: that was logged, and nobody can bring it up
			if err == nil && m.c.Refuses(pkg) {
				found.refused++
			}
		}
		if read < shardSize {
			break
		}
	}
	return found, nil
}

// finish ends the round.
func (m *march) finish(ctx context.Context) error {
	now := m.Now()
	err := m.update(ctx, func(c *wallet.Campaign) { c.Finish(now) })
	m.sent, m.before, m.last = "", "", false
	return err
}

// update changes the campaign as it stands, which the issuer or the device log may have touched; not, however, where somebody
// else drives it by now, or has made it stop or begin anew. Where it is further than it was, the change was made, and only the
// answer was lost.
func (m *march) update(ctx context.Context, change func(*wallet.Campaign)) error {
	displaced, was := false, m.c
	c, err := wallet.UpdateCampaign(ctx, m.Store, m.c, func(c *wallet.Campaign) bool {
		moved := c.Round != was.Round || c.After != was.After
		if displaced = c.Driver != m.driver || c.State != wallet.CampaignRunning; displaced || moved {
			return false
		}
		change(c)
		return true
	})
	if err != nil {
		return err
	}
	if m.c = c; displaced {
		return errDisplaced
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

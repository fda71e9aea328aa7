package wallet_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// Whatever the identifiers look like, each is in exactly one of the shards, however often they are cut; and cutting ends.
func TestHalves(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	names := func(format string) (names []wallet.DeviceLibraryIdentifier) {
		for n := range 2000 {
			names = append(names, wallet.DeviceLibraryIdentifier(fmt.Sprintf(format, n, random.Uint64())))
		}
		return names
	}
	for name, c := range map[string]struct {
		names []wallet.DeviceLibraryIdentifier
		most  int // shards, of up to 200
	}{
		"as iPhones make them": {names("%.0[1]x%016[2]x"), 40},
		"in capitals":          {names("%.0[1]x%016[2]X"), 40},
		"counted":              {names("device-%08[1]d%.0[2]d"), 200},
		"nearly all the same":  {names(strings.Repeat("z", 110) + "%06[1]d%.0[2]d"), 800},
		"marks":                {append(names("-_.%[1]d%.0[2]d"), "-", "_", "a", "z", "0", "zz", "..-", "A"), 200},
	} {
		t.Run(name, func(t *testing.T) {
			leaves := 0
			var cut func(s wallet.Shard, names []wallet.DeviceLibraryIdentifier)
			cut = func(s wallet.Shard, names []wallet.DeviceLibraryIdentifier) {
				low, high, ok := s.Halves()
				if len(names) <= 200 || !ok {
					leaves++
					return
				}
				if again, _, _ := s.Halves(); again != low || low.Validate() != nil || high.Validate() != nil || low.Until != high.After ||
					low.After != s.After || high.Until != s.Until || !s.Contains(low.Until) || low.Until == s.Until {
					t.Fatalf("%+v is cut into %+v and %+v", s, low, high)
				}
				parts := make(map[bool][]wallet.DeviceLibraryIdentifier)
				for _, d := range names {
					if low.Contains(d) == high.Contains(d) {
						t.Fatalf("%s is in both of %+v and %+v, or in none", string(d), low, high)
					}
					parts[low.Contains(d)] = append(parts[low.Contains(d)], d)
				}
				cut(low, parts[true])
				cut(high, parts[false])
			}
			cut(wallet.Shard{}, c.names)
			if leaves > c.most {
				t.Errorf("%d shards, want at most %d", leaves, c.most)
			}
		})
	}
}

func TestShardThatCannotBeCut(t *testing.T) {
	long := wallet.DeviceLibraryIdentifier(strings.Repeat("a", 128))
	for _, s := range []wallet.Shard{{Until: "0"}, {After: "a", Until: "a0"}, {After: "b", Until: "a"}, {After: "a", Until: "a"}, {After: long, Until: long[:127] + "b"}} {
		if low, high, ok := s.Halves(); ok {
			t.Errorf("%+v is cut into %+v and %+v", s, low, high)
		}
	}
}

func TestPassPackagedNamesWhatCanBe(t *testing.T) {
	const pass = `{"passTypeIdentifier":"pass.com.example.loyalty","serialNumber":"card-1"`
	for members, want := range map[string]bool{
		``: true, `,"deviceLibraryIdentifier":"phone"`: true, `,"after":"a","until":"b"`: true, `,"until":"b"`: true, `,"until":""`: true,
		`,"deviceLibraryIdentifier":".."`: false, `,"deviceLibraryIdentifier":"a/b"`: false, `,"after":"a/b"`: false, `,"until":"__a__"`: false, `,"until":1`: false,
	} {
		var event wallet.PassPackaged
		if err := wallet.ParseEvent([]byte(pass+members+"}"), &event); (err == nil) != want {
			t.Errorf("%s: %v", members, err)
		}
	}
}

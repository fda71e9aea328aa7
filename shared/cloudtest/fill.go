package cloudtest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// someTime is a moment that Firestore can hold exactly.
var someTime = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)

// fill sets every field below v, each to another value, so that a field which a store forgets comes back different. A
// field of a kind that fill does not know fails the test: teach it here, and the stores.
func fill(t *testing.T, v any) {
	t.Helper()
	n := 0
	fillValue(t, reflect.ValueOf(v).Elem(), &n)
}

func fillValue(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(someTime.Add(time.Duration(*n) * time.Hour)))
		return
	case wallet.PushToken:
		v.Set(reflect.ValueOf(wallet.NewPushToken(fmt.Sprint("push-token-", *n))))
		return
	case wallet.AuthenticationToken:
		v.Set(reflect.ValueOf(wallet.NewAuthenticationToken(fmt.Sprint("authentication-token-", *n))))
		return
	case wallet.PersonalText:
		v.Set(reflect.ValueOf(wallet.NewPersonalText(fmt.Sprint("personal-text-", *n))))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.String:
		v.SetString(fmt.Sprint("text-", *n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(t, v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(t, v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillValue(t, v.Index(i), n)
		}
	case reflect.Map:
		fillMap(t, v, n)
	default:
		t.Fatalf("fill knows no %v", v.Type())
	}
}

func fillMap(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	v.Set(reflect.MakeMap(v.Type()))
	for range 2 {
		key, element := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillValue(t, key, n)
		fillValue(t, element, n)
		v.SetMapIndex(key, element)
	}
}

// wantEqual compares two records field by field, since secrets do not print.
func wantEqual(t *testing.T, got, want any) {
	t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
			t.Errorf("%s is %+v, want %+v", g.Type().Field(i).Name, g.Field(i).Interface(), w.Field(i).Interface())
		}
	}
}

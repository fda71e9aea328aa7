// Package picture makes the images of a pass. From one picture of any common format and size it makes the files of an image
// slot at @1x, @2x and @3x; from a logo, colours that can be read; from two numbers, the strip of a stamp card.
// https://developer.apple.com/documentation/walletpasses/creating-the-source-for-a-pass
//
// The package is pure: bytes in, bytes out. Equal input gives equal bytes on one architecture and Go release, so that an
// unchanged picture makes an unchanged pass. What strangers send is measured before a pixel of it is decoded: see [Decode].
package picture

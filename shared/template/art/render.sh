#!/bin/sh
# Renders the drawings of this folder to the images of the starters: image-starter.svg to starter.pass/image.png, at
# @2x and @3x too. Give the names of drawings to render no others.
set -eu
cd "$(dirname "$0")"

render() { # drawing, starter, image
  for scale in 1 2 3; do
    png=../starters/$2.pass/$3$([ $scale = 1 ] || echo "@${scale}x").png
    rsvg-convert --zoom $scale "$1" | pngquant --strip --nofs 128 - > "$png"
    zopflipng -y "$png" "$png" > /dev/null
  done
}

[ $# -gt 0 ] || set -- *.svg
for drawing in "$@"; do
  name=${drawing%.svg}
  if [ "$name" = logo ]; then
    for starter in simple points stamps; do render "$drawing" $starter logo; done
  else
    render "$drawing" "${name#*-}" "${name%%-*}"
  fi
done

package template

import "walletpasses.example/server/shared/pkpass"

// Rewrite writes pass.json into Source again, after Pass was changed.
func (r *Rendering) Rewrite() error {
	content, err := encode(r.Pass)
	if err != nil {
		return err
	}
	for i, file := range r.Source {
		if file.Name() == passJSON {
			r.Source[i] = pkpass.NewFile(passJSON, content)
		}
	}
	return nil
}

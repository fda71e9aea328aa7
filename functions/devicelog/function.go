package devicelog

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/webservice"
)

func init() {
	gcp.HTTP("LogMessages", 10*time.Second, func(*gcp.Environment) gcp.Open[http.Handler] {
		return func(context.Context) (http.Handler, error) {
			return webservice.NewRouter(gcp.Logger()).
				Handle(webservice.LogMessages, New(gcp.Logger())), nil
		}
	})
}

# What the balancer sends where, in order of priority: the path of shared/webservice/routes.go in the spelling of path
# templates, and the method where two functions share a path. Everything else goes to web.
# https://cloud.google.com/load-balancing/docs/https/traffic-management-global#path-template
locals {
  routes = [
    { priority = 10, method = "POST", path = "/v1/devices/{device=*}/registrations/{pass_type=*}/{serial=*}", function = "register" },
    { priority = 20, method = "DELETE", path = "/v1/devices/{device=*}/registrations/{pass_type=*}/{serial=*}", function = "unregister" },
    { priority = 30, method = "GET", path = "/v1/devices/{device=*}/registrations/{pass_type=*}", function = "updatable" },
    { priority = 40, method = "GET", path = "/v1/passes/{pass_type=*}/{serial=*}", function = "latest" },
    { priority = 45, method = "POST", path = "/v1/passes/{pass_type=*}/{serial=*}/personalize", function = "personalize" },
    { priority = 50, method = "POST", path = "/v1/log", function = "devicelog" },
    { priority = 60, method = null, path = "/install/{token=*}", function = "install" },
  ]
}

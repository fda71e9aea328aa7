# Which doors are open, and where each leads.

mock_provider "google" {}

variables {
  project    = "demo-project"
  region     = "us-central1"
  pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234" } }
}

run "single" {
  assert {
    condition     = toset(keys(google_cloud_run_service_iam_member.public)) == toset(["install", "web"])
    error_message = "Without a balancer, web and install are public, and nothing else."
  }

  assert {
    condition = { for name, f in google_cloudfunctions2_function.function : name => f.service_config[0].ingress_settings } == {
      campaign   = "ALLOW_INTERNAL_ONLY"
      changed    = "ALLOW_INTERNAL_ONLY"
      ingest     = "ALLOW_INTERNAL_ONLY"
      install    = "ALLOW_ALL"
      issue      = "ALLOW_ALL"
      push       = "ALLOW_INTERNAL_ONLY"
      regenerate = "ALLOW_INTERNAL_ONLY"
      sweep      = "ALLOW_INTERNAL_ONLY"
      web        = "ALLOW_ALL"
    }
    error_message = "The pipeline cannot be reached from outside."
  }

  assert {
    condition     = length(google_compute_backend_service.function) == 0 && length(google_compute_url_map.wallet) == 0 && length(google_compute_global_forwarding_rule.wallet) == 0
    error_message = "There is no balancer to pay for."
  }
}

run "balancer" {
  variables {
    ingress = "balancer"
    domain  = "passes.example.com"
  }

  assert {
    condition     = toset(keys(google_cloud_run_service_iam_member.public)) == toset(["devicelog", "install", "latest", "register", "unregister", "updatable", "web"])
    error_message = "Behind the balancer, the device endpoints and install are public, and nothing else."
  }

  assert {
    condition = alltrue([for name, f in google_cloudfunctions2_function.function :
      f.service_config[0].ingress_settings == (
        contains(["devicelog", "install", "latest", "register", "unregister", "updatable", "web"], name) ? "ALLOW_INTERNAL_AND_GCLB" : name == "issue" ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
      )
    ])
    error_message = "What the balancer serves is closed to other ingress; the pipeline to all."
  }

  assert {
    condition     = toset(keys(google_compute_backend_service.function)) == toset(["devicelog", "install", "latest", "register", "unregister", "updatable", "web"])
    error_message = "The balancer reaches the device endpoints and install, never issue or the pipeline."
  }

  assert {
    condition = alltrue([for name, b in google_compute_backend_service.function :
      b.load_balancing_scheme == "EXTERNAL_MANAGED" && b.security_policy == google_compute_security_policy.edge[0].id && b.enable_cdn != true &&
      tolist(b.backend)[0].group == google_compute_region_network_endpoint_group.function[name].id &&
      google_compute_region_network_endpoint_group.function[name].cloud_run[0].service == "wallet-${name}"
    ])
    error_message = "Each backend is its function, limited by Cloud Armor, and never cached."
  }

  assert {
    condition = { for rule in google_compute_url_map.wallet[0].path_matcher[0].route_rules :
      "${join(",", [for h in rule.match_rules[0].header_matches : "${h.header_name} ${h.exact_match}"])} ${rule.match_rules[0].path_template_match}" => rule.service
      } == {
      ":method POST /v1/devices/{device=*}/registrations/{pass_type=*}/{serial=*}"   = google_compute_backend_service.function["register"].id
      ":method DELETE /v1/devices/{device=*}/registrations/{pass_type=*}/{serial=*}" = google_compute_backend_service.function["unregister"].id
      ":method GET /v1/devices/{device=*}/registrations/{pass_type=*}"               = google_compute_backend_service.function["updatable"].id
      ":method GET /v1/passes/{pass_type=*}/{serial=*}"                              = google_compute_backend_service.function["latest"].id
      ":method POST /v1/log"                                                         = google_compute_backend_service.function["devicelog"].id
      " /install/{token=*}"                                                          = google_compute_backend_service.function["install"].id
    }
    error_message = "Each endpoint is routed to its function by method and path."
  }

  assert {
    condition     = length(distinct([for rule in google_compute_url_map.wallet[0].path_matcher[0].route_rules : rule.priority])) == length(google_compute_url_map.wallet[0].path_matcher[0].route_rules)
    error_message = "Priorities are unique."
  }

  assert {
    condition     = google_compute_url_map.wallet[0].default_service == google_compute_backend_service.function["web"].id && google_compute_url_map.wallet[0].path_matcher[0].default_service == google_compute_backend_service.function["web"].id
    error_message = "What matches no route is answered by web."
  }
}

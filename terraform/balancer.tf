# One address for all endpoints: an external Application Load Balancer that picks the function by method and path. With
# ingress = "single" none of this exists.
locals {
  # The functions behind the balancer.
  backends       = { for name, f in local.deployed : name => f if local.balancer && contains(["devices", "browsers"], f.called_by) }
  balancer_count = local.balancer ? 1 : 0
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.backends

  name                  = local.names[each.key]
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.function[each.key].name
  }

  lifecycle {
    create_before_destroy = true # the balancer lets go of it first
  }
}

resource "google_compute_backend_service" "function" {
  for_each = local.backends

  name                  = local.names[each.key]
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.edge[0].id
  enable_cdn            = false # a pass is one person's, and must never be kept on the way

  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }

  log_config {
    enable      = true
    sample_rate = 0.1
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Against floods only: who may do what is decided by tokens. The limits leave room for the many phones that share one
# address at a mobile carrier.
resource "google_compute_security_policy" "edge" {
  count = local.balancer_count

  name = "wallet-edge"

  rule {
    priority    = 1000
    action      = "throttle"
    description = "At most 3,000 requests a minute from one address."

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = 3000
        interval_sec = 60
      }
    }
  }

  rule {
    priority    = 2147483647
    action      = "allow"
    description = "Every policy ends with a rule for all."

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.service]
}

resource "google_compute_url_map" "wallet" {
  count = local.balancer_count

  name = "wallet"

  # web knows every endpoint, so what matches no route gets its proper answer: 404, 405, or the pass, where the path is
  # merely spelt in an old way.
  default_service = google_compute_backend_service.function["web"].id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "endpoints"
  }

  path_matcher {
    name            = "endpoints"
    default_service = google_compute_backend_service.function["web"].id

    dynamic "route_rules" {
      for_each = [for route in local.routes : route if contains(keys(local.backends), route.function)]

      content {
        priority = route_rules.value.priority
        service  = google_compute_backend_service.function[route_rules.value.function].id

        match_rules {
          path_template_match = route_rules.value.path

          dynamic "header_matches" {
            for_each = route_rules.value.method[*]

            content {
              header_name = ":method"
              exact_match = header_matches.value
            }
          }
        }
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "wallet" {
  count = local.balancer_count

  # A certificate cannot be changed, only replaced, and not while it is in use.
  name = "wallet-${substr(sha256(var.domain), 0, 8)}"

  managed {
    domains = [var.domain]
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.service]
}

# Wallet speaks nothing older than TLS 1.2.
resource "google_compute_ssl_policy" "wallet" {
  count = local.balancer_count

  name            = "wallet"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.service]
}

resource "google_compute_target_https_proxy" "wallet" {
  count = local.balancer_count

  name             = "wallet"
  url_map          = google_compute_url_map.wallet[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.wallet[0].id]
  ssl_policy       = google_compute_ssl_policy.wallet[0].id
}

resource "google_compute_global_address" "wallet" {
  count = local.balancer_count

  name = "wallet"

  depends_on = [google_project_service.service]
}

resource "google_compute_global_forwarding_rule" "wallet" {
  count = local.balancer_count

  name                  = "wallet"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.wallet[0].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.wallet[0].id
}

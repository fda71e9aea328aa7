# Each alert has its page in alerts/, which is sent along with it: what it means, what to look at, what to do.

variable "alert_emails" {
  type        = set(string)
  description = "The addresses that alerts are sent to. With none, incidents are only seen in the console."
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", address))])
    error_message = "An alert goes to a bare e-mail address, such as oncall@example.com."
  }
}

locals {
  # How much is too much.
  limits = {
    refused_pushes_per_hour = 20 # for one reason; a few phones always hold tokens of another day
    failing_pushes_per_hour = 5  # with none taken beside them
    oldest_message_seconds  = 900
    sweep_minutes           = 30   # without a success of what the scheduler calls every few
    error_ratio             = 0.01 # of the answers of half an hour
    error_count             = 10   # so that one failure in a quiet night wakes nobody
    p95_milliseconds        = 1000
    p95_requests            = 100 # with fewer, the slowest twentieth is a handful of cold starts
    certificate_days        = [45, 21, 7, 3, 1]
    critical_days           = 7
  }

  # Selectors. The functions that phones and browsers wait for; and the subscriptions that functions work off, the one
  # behind the Firestore trigger included, which Eventarc names after the function.
  run           = "monitored_resource=\"cloud_run_revision\""
  devices       = "${local.run},service_name=~\"${join("|", [for name, f in local.deployed : local.names[name] if contains(["devices", "browsers"], f.called_by)])}\""
  subscriptions = "monitored_resource=\"pubsub_subscription\",subscription_id=~\"${join("|", concat(values(google_pubsub_subscription.function)[*].name, ["eventarc-.*${local.names["changed"]}.*"]))}\""
  dead_letters  = "monitored_resource=\"pubsub_subscription\",subscription_id=~\"${join("|", values(google_pubsub_subscription.dead_letter)[*].name)}\""

  # What alerts watch and the dashboard draws.
  # https://cloud.google.com/monitoring/api/metrics_gcp
  queries = {
    answers     = "sum by (service_name) (increase(run_googleapis_com:request_count{${local.devices}}[30m]))"
    errors      = "sum by (service_name) (increase(run_googleapis_com:request_count{${local.devices},response_code_class=\"5xx\"}[30m]))"
    p95         = "histogram_quantile(0.95, sum by (service_name, le) (rate(run_googleapis_com:request_latencies_bucket{${local.devices}}[30m])))"
    oldest      = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{${local.subscriptions}})"
    dead        = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{${local.dead_letters}})"
    accepted    = "sum by (pass_type) (increase(${local.series.pushes_accepted}_sum{${local.run}}[1h]))"
    sweeps      = "sum(increase(run_googleapis_com:request_count{${local.run},service_name=\"${local.names["sweep"]}\",response_code_class=\"2xx\"}[${local.limits.sweep_minutes}m]))"
    campaigns   = "sum(increase(run_googleapis_com:request_count{${local.run},service_name=\"${local.names["campaign"]}\",response_code_class=\"2xx\"}[${local.limits.sweep_minutes}m]))"
    certificate = "sum by (pass_type) (increase(${local.series.certificate_days}_sum{${local.run}}[30m])) / sum by (pass_type) (increase(${local.series.certificate_days}_count{${local.run}}[30m]))"
  }

  # By the name of the page. A query that returns something for as long as for_minutes is an incident, one for each of
  # its rows; where there is no data there is no row, so what must not be missing is asked for with vector(0).
  alerts = {
    package-refused = {
      title       = "A document cannot be packaged"
      severity    = "WARNING"
      for_minutes = 0
      query       = "sum by (pass_type) (increase(${local.series.package_refused}{${local.run}}[1h])) > 0"
    }
    message-refused = {
      title       = "A message was dropped"
      severity    = "WARNING"
      for_minutes = 0
      query       = "sum by (entry_point) (increase(${local.series.message_refused}{${local.run}}[1h])) > 0"
    }
    backlog = {
      title       = "Updates are held up"
      severity    = "ERROR"
      for_minutes = 5
      query       = "${local.queries.oldest} > ${local.limits.oldest_message_seconds}"
    }
    dead-letters = {
      title       = "Messages were given up on"
      severity    = "ERROR"
      for_minutes = 0
      query       = "${local.queries.dead} > 0"
    }
    document-ahead = {
      title       = "A package does not catch up with its document"
      severity    = "ERROR"
      for_minutes = 0
      query       = "sum by (pass_type) (increase(${local.series.document_ahead}{${local.run}}[7h])) > 0"
    }
    campaign-stopped = {
      title       = "A campaign stopped by itself"
      severity    = "WARNING"
      for_minutes = 0
      query       = "sum by (pass_type, template) (increase(${local.series.campaign_stopped}{${local.run}}[10m])) > 0"
    }
    campaigns-failing = {
      title       = "No call of the campaigns succeeds"
      severity    = "WARNING"
      for_minutes = 15
      query       = "(${local.queries.campaigns} or vector(0)) == 0"
    }
    sweep-failing = {
      title       = "No sweep succeeds"
      severity    = "ERROR"
      for_minutes = 15
      query       = "(${local.queries.sweeps} or vector(0)) == 0"
    }
    push-credential = {
      title       = "APNs refuses our credential or request"
      severity    = "CRITICAL"
      for_minutes = 0
      query       = "sum by (pass_type, reason) (increase(${local.series.push_not_taken}{${local.run},verdict=~\"halt|bug\"}[1h])) > 0"
    }
    pushes-refused = {
      title       = "APNs refuses many push tokens"
      severity    = "ERROR"
      for_minutes = 0
      query       = "sum by (pass_type, reason) (increase(${local.series.push_not_taken}{${local.run},verdict=\"refused\"}[1h])) > ${local.limits.refused_pushes_per_hour}"
    }
    tokens-kept = {
      title       = "Too many bad tokens at once"
      severity    = "CRITICAL"
      for_minutes = 0
      query       = "sum by (pass_type) (increase(${local.series.too_many_bad_tokens}{${local.run}}[1h])) > 0"
    }
    no-successful-push = {
      title       = "No push succeeds"
      severity    = "CRITICAL"
      for_minutes = 0
      query       = "sum by (pass_type) (increase(${local.series.push_not_taken}{${local.run},verdict!=\"gone\"}[1h])) > ${local.limits.failing_pushes_per_hour} unless ${local.queries.accepted} > 0"
    }
    device-errors = {
      title       = "Phones get errors"
      severity    = "CRITICAL"
      for_minutes = 5
      query       = "${local.queries.errors} / ${local.queries.answers} > ${local.limits.error_ratio} and ${local.queries.errors} > ${local.limits.error_count}"
    }
    device-latency = {
      title       = "Phones wait"
      severity    = "WARNING"
      for_minutes = 10
      query       = "${local.queries.p95} > ${local.limits.p95_milliseconds} and ${local.queries.answers} > ${local.limits.p95_requests}"
    }
  }

  policies = merge({ for page, alert in local.alerts : page => merge(alert, { page = page }) }, {
    for days in local.limits.certificate_days : "certificate-${days}" => {
      page        = "certificate"
      title       = "A certificate ends within ${days} days"
      severity    = days > local.limits.critical_days ? "WARNING" : "CRITICAL"
      for_minutes = 0
      query       = "${local.queries.certificate} < ${days}"
    }
  })
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = "Wallet passes: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
  force_delete = true # the alerts let go of it only afterwards

  depends_on = [google_project_service.service]
}

# PromQL, since it alone may name metrics that Monitoring has not heard of yet: a log-based metric becomes known some minutes
# after it was made, and one of Google's with its first value.
# https://cloud.google.com/monitoring/alerts/using-promql
resource "google_monitoring_alert_policy" "alert" {
  for_each = local.policies

  display_name          = "Wallet passes: ${each.value.title}"
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = values(google_monitoring_notification_channel.email)[*].id

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "${each.value.for_minutes * 60}s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  documentation {
    content   = file("${path.module}/alerts/${each.value.page}.md")
    mime_type = "text/markdown"
  }

  depends_on = [google_logging_metric.metric]
}

# What the functions log is counted here; alerts.tf and dashboard.tf look at the counts. A metric remembers nothing from
# before it was made. https://cloud.google.com/logging/docs/logs-based-metrics
#
#   from      the functions that log the line
#   message   its message, word for word; a test compares it, and the attributes below, with the code
#   labels    what to tell apart, by the line's attribute
#   value     the attribute to add up, or null to count the lines
#   at_least  leaves out lines whose attribute is lower
locals {
  metrics = {
    package_refused = {
      description = "Documents that could not be packaged."
      from        = ["regenerate"]
      message     = "package refused"
      labels      = { pass_type = "passTypeIdentifier" }
      value       = null
      at_least    = {}
    }
    message_refused = {
      description = "Messages that can never succeed, dropped."
      from        = ["ingest", "changed", "regenerate", "push"]
      message     = "message refused"
      labels      = { entry_point = "function" }
      value       = null
      at_least    = {}
    }
    pushes_accepted = {
      description = "Pushes that APNs took."
      from        = ["push"]
      message     = "pushed"
      labels      = { pass_type = "passTypeIdentifier" }
      value       = "accepted"
      at_least    = {}
    }
    push_not_taken = {
      description = "Pushes that APNs did not take."
      from        = ["push"]
      message     = "push not taken"
      labels      = { pass_type = "passTypeIdentifier", verdict = "verdict", reason = "reason" }
      value       = null
      at_least    = {}
    }
    too_many_bad_tokens = {
      description = "Answers about a bad token that were not acted upon, since there were too many at once."
      from        = ["push"]
      message     = "too many bad tokens at once: they stay as they are"
      labels      = { pass_type = "passTypeIdentifier" }
      value       = null
      at_least    = {}
    }
    document_ahead = {
      description = "Sightings by the sweep of documents that have had no package for eight hours, though an earlier walk asked for one."
      from        = ["sweep"]
      message     = "document ahead of package"
      labels      = { pass_type = "passTypeIdentifier" }
      value       = null
      at_least    = { seconds = 28800 } # walks begin six hours apart
    }
    campaign_stopped = {
      description = "Calls, one a minute, that found a campaign stopped by itself."
      from        = ["campaign"]
      message     = "campaign stopped"
      labels      = { pass_type = "passTypeIdentifier", template = "template" }
      value       = null
      at_least    = {}
    }
    certificate_days = {
      description = "Whole days until the pass type's certificate ends, once in each sweep."
      from        = ["sweep"]
      message     = "certificate"
      labels      = { pass_type = "passTypeIdentifier" }
      value       = "days"
      at_least    = {}
    }
  }

  # The metrics' names in PromQL. Those with a value are read as name_sum and name_count.
  # https://cloud.google.com/monitoring/promql/promql-mapping
  series = { for name in keys(local.metrics) : name => "logging_googleapis_com:user_wallet_${name}" }
}

resource "google_logging_metric" "metric" {
  for_each = local.metrics

  name        = "wallet/${each.key}"
  description = each.value.description

  filter = join("\n", concat([
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.service_name=(${join(" OR ", [for name in each.value.from : "\"${local.names[name]}\""])})",
    "jsonPayload.message=\"${each.value.message}\"",
  ], [for attribute, number in each.value.at_least : "jsonPayload.${attribute}>=${number}"]))

  label_extractors = { for label, attribute in each.value.labels : label => "EXTRACT(jsonPayload.${attribute})" }
  value_extractor  = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key = labels.key
      }
    }
  }

  # Values can only be kept as a distribution. Its sum and count are exact, whatever the buckets.
  dynamic "bucket_options" {
    for_each = each.value.value[*]

    content {
      exponential_buckets {
        num_finite_buckets = 20
        growth_factor      = 2
        scale              = 1
      }
    }
  }

  depends_on = [google_project_service.service]
}

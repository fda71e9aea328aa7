# What sets functions off. The topics are fed by our own push subscriptions, since those of Eventarc keep an event for a
# day, drop it then, and have neither a dead-letter topic nor a deadline that can be set.
locals {
  topics = toset([for f in values(local.functions) : f.called_by if !contains(["devices", "browsers", "issuers", "firestore", "scheduler"], f.called_by)])

  # The function behind each topic.
  consumers = { for name, f in local.deployed : f.called_by => name if contains(local.topics, f.called_by) }

  pubsub_agent = "serviceAccount:service-${google_storage_bucket.sources.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "topic" {
  for_each = setunion(local.topics, ["pass-personalized"])

  name = each.key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.service]
}

resource "google_pubsub_subscription" "function" {
  for_each = local.consumers

  name  = local.names[each.value]
  topic = google_pubsub_topic.topic[each.key].id

  # A message must not come again while it is worked on: the function gives up first.
  ack_deadline_seconds       = min(600, local.deployed[each.value].timeout_seconds + 30)
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # a quiet month must not end the service
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter[each.key].id
    max_delivery_attempts = 20 # about two and a half hours, with the backoff above
  }

  push_config {
    # The path is for the request log: it says which topic a push is of.
    push_endpoint = "${google_cloudfunctions2_function.function[each.value].service_config[0].uri}/${google_pubsub_topic.topic[each.key].id}"

    oidc_token {
      service_account_email = local.emails["events"]
      audience              = google_cloudfunctions2_function.function[each.value].service_config[0].uri
    }
  }

  # The first delivery must not be refused for want of a grant.
  depends_on = [google_cloud_run_service_iam_member.events]
}

# Sign-ups, for the business to take: a hint that there is data at passTypes/{passTypeIdentifier}/personalizations/{serialNumber}.
resource "google_pubsub_subscription" "personalized" {
  name                       = "pass-personalized"
  topic                      = google_pubsub_topic.topic["pass-personalized"].id
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
}

# What was given up on is kept for a month, to be looked at and replayed. An alert says so.
resource "google_pubsub_topic" "dead_letter" {
  for_each = local.topics

  name = "${each.key}-dead"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.service]
}

resource "google_pubsub_subscription" "dead_letter" {
  for_each = local.topics

  name                       = "${each.key}-dead"
  topic                      = google_pubsub_topic.dead_letter[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
}

# Pub/Sub itself moves a message to its dead-letter topic, and then acknowledges it.
resource "google_pubsub_topic_iam_member" "dead_letter" {
  for_each = local.topics

  topic  = google_pubsub_topic.dead_letter[each.key].name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter" {
  for_each = local.consumers

  subscription = google_pubsub_subscription.function[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# It also signs the identity that a push shows the function.
resource "google_service_account_iam_member" "pubsub_agent" {
  service_account_id = "projects/${var.project}/serviceAccounts/${local.emails["events"]}"
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent
}

# A campaign is driven from minute to minute; what the sweep looks for has had five minutes to be mended by itself.
locals {
  schedules = { sweep = "*/5 * * * *", campaign = "* * * * *" }
}

resource "google_cloud_scheduler_job" "function" {
  for_each = { for name, f in local.deployed : name => f if f.called_by == "scheduler" }

  name             = local.names[each.key]
  region           = var.region
  schedule         = local.schedules[each.key]
  time_zone        = "Etc/UTC"
  attempt_deadline = "${each.value.timeout_seconds + 10}s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "10s"
    max_backoff_duration = "60s"
  }

  http_target {
    http_method = "POST"
    uri         = google_cloudfunctions2_function.function[each.key].service_config[0].uri

    oidc_token {
      service_account_email = local.emails["events"]
      audience              = google_cloudfunctions2_function.function[each.key].service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_service_iam_member.events]
}

# What sets functions off, and what becomes of a message that nobody could handle.

mock_provider "google" {}

variables {
  project    = "demo-project"
  region     = "us-central1"
  pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234" } }
}

run "triggers" {
  assert {
    condition = { for topic, s in google_pubsub_subscription.function : topic => s.name } == {
      pass-changed  = "wallet-regenerate"
      pass-packaged = "wallet-push"
      pass-updates  = "wallet-ingest"
    }
    error_message = "Each topic feeds its function."
  }

  assert {
    condition = alltrue([for topic, s in google_pubsub_subscription.function :
      s.retry_policy[0].minimum_backoff == "10s" && s.retry_policy[0].maximum_backoff == "600s" &&
      s.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead_letter[topic].id &&
      s.dead_letter_policy[0].max_delivery_attempts >= 5 &&
      s.expiration_policy[0].ttl == "" &&
      s.message_retention_duration == "604800s"
    ])
    error_message = "Each subscription retries with backoff, gives up to a dead-letter topic, keeps a week, and never expires."
  }

  assert {
    condition = alltrue([for topic, s in google_pubsub_subscription.function :
      s.ack_deadline_seconds > local.functions[local.consumers[topic]].timeout_seconds && s.ack_deadline_seconds <= 600
    ])
    error_message = "A message comes again only when its function has given up."
  }

  assert {
    condition = alltrue([for topic, s in google_pubsub_subscription.function :
      s.push_config[0].oidc_token[0].service_account_email == local.emails["events"] &&
      s.push_config[0].oidc_token[0].audience == google_cloudfunctions2_function.function[local.consumers[topic]].service_config[0].uri &&
      s.push_config[0].push_endpoint == "${google_cloudfunctions2_function.function[local.consumers[topic]].service_config[0].uri}/${google_pubsub_topic.topic[topic].id}"
    ])
    error_message = "A push shows the identity of events to the function that the topic is for."
  }

  assert {
    condition = alltrue([for topic in ["pass-changed", "pass-packaged", "pass-updates"] :
      google_pubsub_subscription.dead_letter[topic].topic == google_pubsub_topic.dead_letter[topic].id &&
      google_pubsub_subscription.dead_letter[topic].expiration_policy[0].ttl == "" &&
      length(google_pubsub_subscription.dead_letter[topic].push_config) == 0 &&
      google_pubsub_topic_iam_member.dead_letter[topic].topic == "${topic}-dead" &&
      google_pubsub_subscription_iam_member.dead_letter[topic].subscription == google_pubsub_subscription.function[topic].name
    ])
    error_message = "Each dead-letter topic keeps what it gets, and Pub/Sub may move messages there."
  }

  assert {
    condition     = [for name, f in google_cloudfunctions2_function.function : name if length(f.event_trigger) > 0] == ["changed"]
    error_message = "Firestore sets off changed, and Eventarc nothing else."
  }

  assert {
    condition = (
      google_cloudfunctions2_function.function["changed"].event_trigger[0].retry_policy == "RETRY_POLICY_RETRY" &&
      google_cloudfunctions2_function.function["changed"].event_trigger[0].event_type == "google.cloud.firestore.document.v1.written" &&
      { for f in google_cloudfunctions2_function.function["changed"].event_trigger[0].event_filters : f.attribute => "${f.operator == null ? "" : f.operator}:${f.value}" } == {
        database = ":(default)"
        document = "match-path-pattern:passTypes/{passTypeIdentifier}/passes/{serialNumber}"
      }
    )
    error_message = "The Firestore trigger takes writes of pass documents of the one database, with retries."
  }

  assert {
    condition = { for name, job in google_cloud_scheduler_job.function : name => job.schedule } == { sweep = "*/5 * * * *", campaign = "* * * * *" } && (
      google_cloud_scheduler_job.function["sweep"].http_target[0].oidc_token[0].service_account_email == local.emails["events"]
    )
    error_message = "The scheduler calls the sweep, as events."
  }
}

locals {
  balancer = var.ingress == "balancer"

  # Without a balancer, web serves the devices alone.
  deployed = { for name, f in local.functions : name => f if(
    (local.balancer || f.called_by != "devices" || name == "web") && (name != "personalize" || length(local.personalized) > 0)
  ) }
  personalized = [for pass_type, p in var.pass_types : pass_type if p.personalized]
  names        = { for name in keys(local.deployed) : name => "wallet-${name}" }

  # Whose door is open to whom. Phones and browsers come through the balancer where there is one; issuers show an identity;
  # everything else is called from within the project.
  doors = {
    devices  = local.balancer ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"
    browsers = local.balancer ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"
    issuers  = "ALLOW_ALL"
  }

  # A service's address is known before it exists, so a function can be told its own.
  # https://cloud.google.com/run/docs/triggering/https-request#deterministic
  addresses = { for name, service in local.names : name => "https://${service}-${google_storage_bucket.sources.project_number}.${var.region}.run.app" }

  # The value of each setting. Every one is read in shared/gcp.
  settings = {
    GOOGLE_CLOUD_PROJECT    = var.project
    FIRESTORE_DATABASE      = google_firestore_database.passes.name
    WEB_SERVICE_URL         = local.balancer ? "https://${var.domain}" : local.addresses["web"]
    INSTALL_URL             = local.balancer ? "https://${var.domain}" : local.addresses["install"]
    PACKAGES_BUCKET         = google_storage_bucket.packages.name
    TEMPLATES_BUCKET        = google_storage_bucket.templates.name
    TOPIC_PASS_CHANGED      = google_pubsub_topic.topic["pass-changed"].name
    TOPIC_PASS_PACKAGED     = google_pubsub_topic.topic["pass-packaged"].name
    TOPIC_PASS_PERSONALIZED = google_pubsub_topic.topic["pass-personalized"].name
    CERTIFICATES_DIR        = "/secrets/certificates"
    TOKEN_KEYS_DIR          = "/secrets/token-keys"
    APNS_URL                = "https://api.push.apple.com"
    APNS_KEY_FILE           = "/secrets/apns-key/key.p8"
    APNS_KEY_ID             = one(var.apns_key[*].key_id)
    APNS_TEAM_ID            = values(var.pass_types)[0].team_identifier
  }

  # push shows APNs a key or certificates, not both.
  unset = { push = var.apns_key == null ? ["APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID"] : ["CERTIFICATES_DIR"] }

  # What ../shared/tools/pack wrote.
  sources = { for name in keys(local.deployed) : name => tolist(fileset("${path.module}/../build", "${name}-*.zip")) }
}

resource "google_storage_bucket_object" "source" {
  for_each = local.deployed

  bucket = google_storage_bucket.sources.name
  name   = local.sources[each.key][0] # the name holds the content's hash: another content is another object, and a deployment
  source = "${path.module}/../build/${local.sources[each.key][0]}"

  lifecycle {
    precondition {
      condition     = length(local.sources[each.key]) == 1
      error_message = "The folder build holds ${length(local.sources[each.key])} zips of ${each.key}, not one. Run: go run ./shared/tools/pack -out build"
    }
  }
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.deployed

  name     = local.names[each.key]
  location = var.region

  build_config {
    runtime           = "go126"
    entry_point       = each.value.entry_point
    docker_repository = google_artifact_registry_repository.functions.id
    service_account   = "projects/${var.project}/serviceAccounts/${local.emails["builder"]}"

    environment_variables = {
      GOOGLE_GOLDFLAGS = "-s -w" # no symbol table: a third less to load at a cold start
    }

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.source[each.key].name
      }
    }
  }

  service_config {
    available_cpu                    = each.value.cpu
    available_memory                 = each.value.memory
    max_instance_request_concurrency = each.value.concurrency
    max_instance_count               = each.value.max_instances
    timeout_seconds                  = each.value.timeout_seconds
    ingress_settings                 = lookup(local.doors, each.value.called_by, "ALLOW_INTERNAL_ONLY")
    service_account_email            = local.emails[each.key]
    all_traffic_on_latest_revision   = true

    environment_variables = {
      for setting in setsubtract(each.value.settings, lookup(local.unset, each.key, [])) : setting => local.settings[setting]
    }

    dynamic "secret_volumes" {
      for_each = local.mounted[each.key]

      content {
        mount_path = secret_volumes.value.path
        project_id = var.project
        secret     = google_secret_manager_secret.secret[secret_volumes.key].secret_id

        dynamic "versions" {
          for_each = secret_volumes.value.files

          content {
            path    = versions.key
            version = versions.value
          }
        }
      }
    }
  }

  # Events of Firestore come through Eventarc only; all others through the subscriptions of triggers.tf.
  dynamic "event_trigger" {
    for_each = each.value.called_by == "firestore" ? ["written"] : []

    content {
      trigger_region        = var.region
      event_type            = "google.cloud.firestore.document.v1.written"
      retry_policy          = "RETRY_POLICY_RETRY"
      service_account_email = local.emails["events"]

      event_filters {
        attribute = "database"
        value     = google_firestore_database.passes.name
      }

      event_filters {
        attribute = "document"
        value     = "passTypes/{passTypeIdentifier}/passes/{serialNumber}"
        operator  = "match-path-pattern"
      }
    }
  }

  # A function may start as soon as it is there: what it needs must be granted by then.
  depends_on = [
    google_project_iam_member.builder,
    google_project_iam_member.event_receiver,
    google_storage_bucket_iam_member.builder,
    google_artifact_registry_repository_iam_member.builder,
    google_secret_manager_secret_iam_member.reader,
    google_kms_crypto_key_iam_member.signer,
    google_project_iam_member.firestore,
    google_storage_bucket_iam_member.reader,
    google_storage_bucket_iam_member.writer,
    google_pubsub_topic_iam_member.publisher,
    google_service_account_iam_member.deployer,
  ]
}

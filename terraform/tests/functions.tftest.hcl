# What each function is given: its settings, its size, its source. That the settings are those its code reads is held by
# functions/settings_test.go.

mock_provider "google" {}

variables {
  project    = "demo-project"
  region     = "us-central1"
  ingress    = "balancer"
  domain     = "passes.example.com"
  pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234" } }
}

run "functions" {
  assert {
    condition = {
      for name, f in google_cloudfunctions2_function.function : name => join(" ", sort(keys(f.service_config[0].environment_variables)))
      } == {
      campaign   = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT TEMPLATES_BUCKET TOPIC_PASS_CHANGED"
      changed    = "GOOGLE_CLOUD_PROJECT TOPIC_PASS_CHANGED"
      devicelog  = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT"
      ingest     = "CERTIFICATES_DIR FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT PACKAGES_BUCKET TEMPLATES_BUCKET TOKEN_KEYS_DIR WEB_SERVICE_URL"
      install    = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT INSTALL_URL PACKAGES_BUCKET TOKEN_KEYS_DIR"
      issue      = "CERTIFICATES_DIR FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT INSTALL_URL PACKAGES_BUCKET TEMPLATES_BUCKET TOKEN_KEYS_DIR WEB_SERVICE_URL"
      latest     = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT PACKAGES_BUCKET TOKEN_KEYS_DIR"
      push       = "APNS_URL CERTIFICATES_DIR FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT TOPIC_PASS_PACKAGED"
      regenerate = "CERTIFICATES_DIR FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT PACKAGES_BUCKET TEMPLATES_BUCKET TOKEN_KEYS_DIR TOPIC_PASS_PACKAGED WEB_SERVICE_URL"
      register   = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT TOKEN_KEYS_DIR TOPIC_PASS_PACKAGED"
      sweep      = "CERTIFICATES_DIR FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT PACKAGES_BUCKET TOPIC_PASS_CHANGED TOPIC_PASS_PACKAGED TOPIC_PASS_PERSONALIZED"
      unregister = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT TOKEN_KEYS_DIR"
      updatable  = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT"
      web        = "FIRESTORE_DATABASE GOOGLE_CLOUD_PROJECT PACKAGES_BUCKET TOKEN_KEYS_DIR TOPIC_PASS_PACKAGED"
    }
    error_message = "The settings of the functions."
  }

  assert {
    condition = merge([for f in google_cloudfunctions2_function.function : f.service_config[0].environment_variables]...) == tomap({
      APNS_URL                = "https://api.push.apple.com"
      CERTIFICATES_DIR        = "/secrets/certificates"
      FIRESTORE_DATABASE      = "(default)"
      GOOGLE_CLOUD_PROJECT    = "demo-project"
      INSTALL_URL             = "https://passes.example.com"
      PACKAGES_BUCKET         = "demo-project-wallet-packages"
      TEMPLATES_BUCKET        = "demo-project-wallet-templates"
      TOKEN_KEYS_DIR          = "/secrets/token-keys"
      TOPIC_PASS_CHANGED      = "pass-changed"
      TOPIC_PASS_PACKAGED     = "pass-packaged"
      TOPIC_PASS_PERSONALIZED = "pass-personalized"
      WEB_SERVICE_URL         = "https://passes.example.com"
    })
    error_message = "The values of the settings."
  }

  # A folder that is named by a setting holds what is mounted.
  assert {
    condition = alltrue([for f in google_cloudfunctions2_function.function : alltrue([for name, folder in f.service_config[0].environment_variables :
      anytrue([for v in f.service_config[0].secret_volumes : v.mount_path == folder || startswith(v.mount_path, "${folder}/")]) if endswith(name, "_DIR")
    ])])
    error_message = "A function is told of a folder in which nothing is mounted."
  }

  assert {
    condition     = alltrue([for f in google_cloudfunctions2_function.function : contains(["go126"], f.build_config[0].runtime)])
    error_message = "The runtime is the Go that go.mod asks for."
  }

  assert {
    condition = alltrue([for f in google_cloudfunctions2_function.function :
      contains(["256Mi", "512Mi", "1Gi", "2Gi"], f.service_config[0].available_memory) &&
      contains(["1", "2"], f.service_config[0].available_cpu) &&
      f.service_config[0].max_instance_request_concurrency >= 1 && f.service_config[0].max_instance_request_concurrency <= 80 &&
      f.service_config[0].max_instance_count >= 1 && f.service_config[0].max_instance_count <= 100 &&
      f.service_config[0].timeout_seconds <= 540
    ])
    error_message = "A size that Cloud Functions does not know, or that nobody wants to pay for."
  }

  assert {
    condition = alltrue([for name, object in google_storage_bucket_object.source :
      can(regex("^${name}-[0-9a-f]{16}\\.zip$", object.name)) &&
      google_cloudfunctions2_function.function[name].build_config[0].source[0].storage_source[0].object == object.name
    ])
    error_message = "A function is built from its own zip, named by its content."
  }

  assert {
    condition     = alltrue([for name, f in google_cloudfunctions2_function.function : f.build_config[0].entry_point == local.functions[name].entry_point])
    error_message = "A function is built for its own entry point."
  }
}

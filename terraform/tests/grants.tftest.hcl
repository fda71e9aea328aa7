# Who may do what, cell by cell. Removing a grant here or adding one is a decision, not an accident.

mock_provider "google" {}

variables {
  project    = "demo-project"
  region     = "us-central1"
  issuers    = ["serviceAccount:shop@demo-project.iam.gserviceaccount.com"]
  pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234" } }
}

run "grants" {
  assert {
    condition = local.emails == {
      builder    = "wallet-builder@demo-project.iam.gserviceaccount.com"
      campaign   = "wallet-campaign@demo-project.iam.gserviceaccount.com"
      changed    = "wallet-changed@demo-project.iam.gserviceaccount.com"
      deployer   = "wallet-deployer@demo-project.iam.gserviceaccount.com"
      events     = "wallet-events@demo-project.iam.gserviceaccount.com"
      ingest     = "wallet-ingest@demo-project.iam.gserviceaccount.com"
      install    = "wallet-install@demo-project.iam.gserviceaccount.com"
      issue      = "wallet-issue@demo-project.iam.gserviceaccount.com"
      push       = "wallet-push@demo-project.iam.gserviceaccount.com"
      regenerate = "wallet-regenerate@demo-project.iam.gserviceaccount.com"
      sweep      = "wallet-sweep@demo-project.iam.gserviceaccount.com"
      web        = "wallet-web@demo-project.iam.gserviceaccount.com"
    }
    error_message = "Each function has an account of its own."
  }

  assert {
    condition     = alltrue([for name, f in google_cloudfunctions2_function.function : f.service_config[0].service_account_email == local.emails[name]])
    error_message = "Each function runs as its own account."
  }

  assert {
    condition = toset(keys(google_secret_manager_secret_iam_member.reader)) == toset([
      "ingest/certificate-pass_com_example_loyalty",
      "ingest/token-keys",
      "install/token-keys",
      "issue/certificate-pass_com_example_loyalty",
      "issue/token-keys",
      "push/apns-key-pass_com_example_loyalty",
      "regenerate/signing-key-pass_com_example_loyalty",
      "regenerate/token-keys",
      "sweep/certificate-pass_com_example_loyalty",
      "web/token-keys",
    ])
    error_message = "Secrets: the signing key is for regenerate alone, the APNs key for push alone."
  }

  assert {
    condition = alltrue([for cell, grant in google_secret_manager_secret_iam_member.reader :
      grant.role == "roles/secretmanager.secretAccessor" &&
      grant.member == local.members[split("/", cell)[0]] &&
      grant.secret_id == google_secret_manager_secret.secret[split("/", cell)[1]].id
    ])
    error_message = "A grant on a secret is not what its name says."
  }

  # What is mounted is what is granted.
  assert {
    condition = toset(keys(google_secret_manager_secret_iam_member.reader)) == toset(flatten([
      for name, f in google_cloudfunctions2_function.function : [for v in f.service_config[0].secret_volumes : "${name}/${v.secret}"]
    ]))
    error_message = "A function mounts a secret that it may not read, or may read one that it does not mount."
  }

  assert {
    condition = { for name, grant in google_project_iam_member.firestore : name => grant.role } == {
      campaign   = "roles/datastore.user"
      ingest     = "roles/datastore.user"
      install    = "roles/datastore.viewer"
      issue      = "roles/datastore.user"
      push       = "roles/datastore.user"
      regenerate = "roles/datastore.user"
      sweep      = "roles/datastore.user"
      web        = "roles/datastore.user"
    }
    error_message = "Firestore: install only reads, changed does neither."
  }

  assert {
    condition = alltrue([for name, grant in google_project_iam_member.firestore :
      grant.member == local.members[name] &&
      grant.condition[0].expression == "resource.name == \"projects/demo-project/databases/(default)\""
    ])
    error_message = "A grant on Firestore is for another account, or for more than the one database."
  }

  assert {
    condition = { for cell, grant in google_storage_bucket_iam_member.reader : cell => grant.bucket } == {
      "campaign/templates"   = "demo-project-wallet-templates"
      "ingest/packages"      = "demo-project-wallet-packages"
      "ingest/templates"     = "demo-project-wallet-templates"
      "install/packages"     = "demo-project-wallet-packages"
      "issue/packages"       = "demo-project-wallet-packages"
      "issue/templates"      = "demo-project-wallet-templates"
      "regenerate/packages"  = "demo-project-wallet-packages"
      "regenerate/templates" = "demo-project-wallet-templates"
      "web/packages"         = "demo-project-wallet-packages"
    }
    error_message = "Buckets, reading."
  }

  assert {
    condition = { for cell, grant in google_storage_bucket_iam_member.writer : cell => "${grant.role} ${grant.bucket}" } == {
      "ingest/packages"     = "roles/storage.objectCreator demo-project-wallet-packages"
      "issue/packages"      = "roles/storage.objectCreator demo-project-wallet-packages"
      "regenerate/packages" = "roles/storage.objectCreator demo-project-wallet-packages"
    }
    error_message = "Buckets, writing: packages and pictures are created, and whoever may create may not overwrite."
  }

  assert {
    condition = { for cell, grant in google_storage_bucket_iam_member.remover : cell => "${grant.role} ${grant.bucket} ${grant.member}" } == {
      "sweep/packages" = "roles/storage.legacyBucketWriter demo-project-wallet-packages ${local.members["sweep"]}"
    }
    error_message = "Buckets, removing: the sweep alone removes packages, and cannot read them."
  }

  assert {
    condition = alltrue(concat(
      [for cell, grant in google_storage_bucket_iam_member.reader : grant.role == "roles/storage.objectViewer" && grant.member == local.members[split("/", cell)[0]]],
      [for cell, grant in google_storage_bucket_iam_member.writer : grant.member == local.members[split("/", cell)[0]]],
    ))
    error_message = "A grant on a bucket is not what its name says."
  }

  assert {
    condition = toset(keys(google_pubsub_topic_iam_member.publisher)) == toset([
      "campaign/pass-changed",
      "changed/pass-changed",
      "push/pass-packaged",
      "regenerate/pass-packaged",
      "sweep/pass-changed",
      "sweep/pass-packaged",
      "sweep/pass-personalized",
      "web/pass-packaged",
    ])
    error_message = "Topics, publishing."
  }

  assert {
    condition = alltrue([for cell, grant in google_pubsub_topic_iam_member.publisher :
      grant.role == "roles/pubsub.publisher" && grant.topic == split("/", cell)[1] &&
      grant.member == local.members[split("/", cell)[0]]
    ])
    error_message = "A grant on a topic is not what its name says."
  }

  assert {
    condition = [for grant in values(google_cloud_run_service_iam_member.issuer) : "${grant.service} ${grant.role} ${grant.member}"] == [
      "wallet-issue roles/run.invoker serviceAccount:shop@demo-project.iam.gserviceaccount.com",
      ] && [for grant in values(google_pubsub_topic_iam_member.issuer) : "${grant.topic} ${grant.role} ${grant.member}"] == [
      "pass-updates roles/pubsub.publisher serviceAccount:shop@demo-project.iam.gserviceaccount.com",
    ]
    error_message = "Issuers call issue and publish on pass-updates, and nothing else."
  }

  assert {
    condition = { for name, grant in google_cloud_run_service_iam_member.events : name => grant.service } == {
      campaign   = "wallet-campaign"
      changed    = "wallet-changed"
      ingest     = "wallet-ingest"
      push       = "wallet-push"
      regenerate = "wallet-regenerate"
      sweep      = "wallet-sweep"
    } && alltrue([for grant in google_cloud_run_service_iam_member.events : grant.role == "roles/run.invoker" && grant.member == local.members["events"]])
    error_message = "Events are delivered by the one account for it, to the functions that take them."
  }

  assert {
    condition     = !contains([for grant in values(google_project_iam_member.deployer) : grant.role], "roles/owner") && !contains([for grant in values(google_project_iam_member.deployer) : grant.role], "roles/editor")
    error_message = "The deployer is neither owner nor editor."
  }

  assert {
    condition     = !anytrue([for p in google_project_iam_custom_role.deployer.permissions : strcontains(p, "versions.access") || strcontains(p, "entities") || strcontains(p, "objects") || strcontains(p, "consume")])
    error_message = "The deployer reads neither secrets nor passes nor messages."
  }
}

run "several_pass_types" {
  variables {
    pass_types = {
      "pass.com.example.loyalty" = { team_identifier = "TEAMID1234" }
      "pass.com.example.ticket" = {
        team_identifier = "TEAMID1234"
        certificate     = 3
        kms_key         = "projects/demo-project/locations/us-central1/keyRings/passes/cryptoKeys/ticket"
      }
    }
    apns_key = { key_id = "ABC123DEFG", version = 2 }
  }

  assert {
    condition     = [for cell in keys(google_secret_manager_secret_iam_member.reader) : cell if startswith(cell, "push/")] == ["push/apns-key"]
    error_message = "With the team's APNs key, push reads that and no certificate."
  }

  assert {
    condition = [for cell in keys(google_secret_manager_secret_iam_member.reader) : cell if strcontains(cell, "/signing-key-")] == [
      "regenerate/signing-key-pass_com_example_loyalty", "regenerate/signing-key-pass_com_example_ticket",
    ]
    error_message = "The signing keys of all pass types are for regenerate alone."
  }

  assert {
    condition = { for cell, grant in google_kms_crypto_key_iam_member.signer : cell => "${grant.role} ${grant.member}" } == {
      "regenerate/pass.com.example.ticket" = "roles/cloudkms.signerVerifier ${local.members["regenerate"]}"
    }
    error_message = "A key in Cloud KMS signs for regenerate alone."
  }

  assert {
    condition = { for v in google_cloudfunctions2_function.function["regenerate"].service_config[0].secret_volumes : v.mount_path => { for f in v.versions : f.path => f.version } } == {
      "/secrets/certificates/pass.com.example.loyalty" = { "pass.com.example.loyalty.pem" = "1" }
      "/secrets/certificates/pass.com.example.ticket"  = { "pass.com.example.ticket.pem" = "3" }
      "/secrets/token-keys"                            = { "1" = "1" }
    }
    error_message = "Each secret has a folder to itself, and the file named by its pass type has the version asked for."
  }

  assert {
    condition = {
      for name, value in google_cloudfunctions2_function.function["push"].service_config[0].environment_variables : name => value if startswith(name, "APNS_")
      } == {
      APNS_URL      = "https://api.push.apple.com"
      APNS_KEY_FILE = "/secrets/apns-key/key.p8"
      APNS_KEY_ID   = "ABC123DEFG"
      APNS_TEAM_ID  = "TEAMID1234"
    }
    error_message = "push is told which key it has."
  }
}

run "personalized" {
  variables {
    ingress = "balancer"
    domain  = "passes.example.com"
    pass_types = {
      "pass.com.example.loyalty" = { team_identifier = "TEAMID1234", personalized = true }
      "pass.com.example.ticket"  = { team_identifier = "TEAMID1234" }
    }
  }

  assert {
    condition = [for cell in keys(google_secret_manager_secret_iam_member.reader) : cell if startswith(cell, "personalize/")] == [
      "personalize/signing-key-pass_com_example_loyalty", "personalize/token-keys",
    ]
    error_message = "personalize reads the signing keys of pass types that ask for it, and no other."
  }

  assert {
    condition = [for cell in keys(google_secret_manager_secret_iam_member.reader) : cell if strcontains(cell, "/signing-key-")] == [
      "personalize/signing-key-pass_com_example_loyalty", "regenerate/signing-key-pass_com_example_loyalty", "regenerate/signing-key-pass_com_example_ticket",
    ]
    error_message = "The signing keys are for regenerate and personalize alone."
  }

  assert {
    condition     = google_project_iam_member.firestore["personalize"].role == "roles/datastore.user" && !contains(keys(google_storage_bucket_iam_member.reader), "personalize/packages")
    error_message = "personalize writes the sign-up, and has nothing to do with packages."
  }

  assert {
    condition = [for rule in google_compute_url_map.wallet[0].path_matcher[0].route_rules : rule.match_rules[0].path_template_match if rule.service == google_compute_backend_service.function["personalize"].id] == [
      "/v1/passes/{pass_type=*}/{serial=*}/personalize",
    ]
    error_message = "The balancer routes sign-ups to it."
  }
}

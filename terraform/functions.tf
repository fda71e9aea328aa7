# The functions. Each is a folder of ../functions, deployed from a source zip of its own, under a service account of its
# own. What a function is given stands here and nowhere else: grants.tf turns it into IAM, triggers.tf into subscriptions.
#
#   called_by   who sets it off: devices, browsers, issuers, firestore, scheduler, or the topic that feeds it
#   settings    the environment variables its function.go reads
#   secrets     what is mounted: token-keys, certificates (no keys), signing-keys, apns-keys
#   firestore   "viewer", "user", or null for none
#   publishes   topics it may publish on
#   reads       buckets it may read: packages, templates
#   writes      buckets it may create objects in
#   removes     buckets it may list and remove objects of
#
# The endpoints that answer JSON wait for Firestore most of the time: small, and many requests at once. The packager signs
# (about a millisecond of a core for each pass), so it takes few at once. Concurrency above one asks for a whole CPU.
locals {
  functions = {
    register = {
      entry_point     = "RegisterDevice"
      called_by       = "devices"
      cpu             = "1"
      memory          = "256Mi"
      concurrency     = 80
      max_instances   = 20
      timeout_seconds = 30
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "TOPIC_PASS_PACKAGED", "TOKEN_KEYS_DIR"]
      secrets         = ["token-keys"]
      firestore       = "user"
      publishes       = ["pass-packaged"]
      reads           = []
      writes          = []
      removes         = []
    }
    unregister = {
      entry_point     = "UnregisterDevice"
      called_by       = "devices"
      cpu             = "1"
      memory          = "256Mi"
      concurrency     = 80
      max_instances   = 20
      timeout_seconds = 30
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "TOKEN_KEYS_DIR"]
      secrets         = ["token-keys"]
      firestore       = "user"
      publishes       = []
      reads           = []
      writes          = []
      removes         = []
    }
    updatable = {
      entry_point     = "ListUpdatablePasses"
      called_by       = "devices"
      cpu             = "1"
      memory          = "256Mi"
      concurrency     = 80
      max_instances   = 20
      timeout_seconds = 30
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE"]
      secrets         = []
      firestore       = "user" # it notes which tag the device presented
      publishes       = []
      reads           = []
      writes          = []
      removes         = []
    }
    latest = {
      entry_point     = "LatestPass"
      called_by       = "devices"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 80
      max_instances   = 50
      timeout_seconds = 60
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PACKAGES_BUCKET", "TOKEN_KEYS_DIR"]
      secrets         = ["token-keys"]
      firestore       = "viewer"
      publishes       = []
      reads           = ["packages"]
      writes          = []
      removes         = []
    }
    # Deployed only where a pass type asks for it: it alone, of what the internet can reach, has signing keys.
    personalize = {
      entry_point     = "PersonalizePass"
      called_by       = "devices"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 8
      max_instances   = 10
      timeout_seconds = 30
      settings = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "TOPIC_PASS_CHANGED", "TOPIC_PASS_PERSONALIZED", "CERTIFICATES_DIR", "TOKEN_KEYS_DIR",
      ]
      secrets   = ["token-keys", "signing-keys"]
      firestore = "user"
      publishes = ["pass-changed", "pass-personalized"]
      reads     = []
      writes    = []
      removes   = []
    }
    devicelog = {
      entry_point     = "LogMessages"
      called_by       = "devices"
      cpu             = "1"
      memory          = "256Mi"
      concurrency     = 80
      max_instances   = 5
      timeout_seconds = 10
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE"]
      secrets         = []
      firestore       = "user" # it counts complaints for the campaigns that run
      publishes       = []
      reads           = []
      writes          = []
      removes         = []
    }
    # Behind a balancer it answers what is none of the five: wrong methods, unknown paths, spellings that old devices use.
    web = {
      entry_point     = "WebService"
      called_by       = "devices"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 80
      max_instances   = 50
      timeout_seconds = 60
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PACKAGES_BUCKET", "TOPIC_PASS_PACKAGED", "TOKEN_KEYS_DIR"]
      secrets         = ["token-keys"]
      firestore       = "user"
      publishes       = ["pass-packaged"]
      reads           = ["packages"]
      writes          = []
      removes         = []
    }
    install = {
      entry_point     = "InstallPass"
      called_by       = "browsers"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 40
      max_instances   = 20
      timeout_seconds = 60
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PACKAGES_BUCKET", "TOKEN_KEYS_DIR", "INSTALL_URL"]
      secrets         = ["token-keys"]
      firestore       = "viewer"
      publishes       = []
      reads           = ["packages"]
      writes          = []
      removes         = []
    }
    issue = {
      entry_point     = "IssuePass"
      called_by       = "issuers"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 40
      max_instances   = 20
      timeout_seconds = 60
      settings = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PACKAGES_BUCKET", "TEMPLATES_BUCKET", "CERTIFICATES_DIR", "TOKEN_KEYS_DIR",
        "WEB_SERVICE_URL", "INSTALL_URL",
      ]
      secrets   = ["token-keys", "certificates"]
      firestore = "user"
      publishes = []
      reads     = ["packages", "templates"] # pictures are kept beside the packages
      writes    = ["packages"]
      removes   = []
    }
    ingest = {
      entry_point     = "IngestPass"
      called_by       = "pass-updates"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 40
      max_instances   = 20
      timeout_seconds = 120
      settings = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PACKAGES_BUCKET", "TEMPLATES_BUCKET", "CERTIFICATES_DIR", "TOKEN_KEYS_DIR", "WEB_SERVICE_URL",
      ]
      secrets   = ["token-keys", "certificates"]
      firestore = "user"
      publishes = []
      reads     = ["packages", "templates"] # pictures are kept beside the packages
      writes    = ["packages"]
      removes   = []
    }
    changed = {
      entry_point     = "PassChanged"
      called_by       = "firestore"
      cpu             = "1"
      memory          = "256Mi"
      concurrency     = 80
      max_instances   = 20
      timeout_seconds = 60
      settings        = ["GOOGLE_CLOUD_PROJECT", "TOPIC_PASS_CHANGED"]
      secrets         = []
      firestore       = null # the event names the pass; its body is not looked at
      publishes       = ["pass-changed"]
      reads           = []
      writes          = []
      removes         = []
    }
    regenerate = {
      entry_point     = "RegeneratePass"
      called_by       = "pass-changed"
      cpu             = "1"
      memory          = "1Gi"
      concurrency     = 8
      max_instances   = 50
      timeout_seconds = 120
      settings = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PACKAGES_BUCKET", "TEMPLATES_BUCKET", "TOPIC_PASS_PACKAGED",
        "CERTIFICATES_DIR", "TOKEN_KEYS_DIR", "WEB_SERVICE_URL",
      ]
      secrets   = ["token-keys", "signing-keys"]
      firestore = "user"
      publishes = ["pass-packaged"]
      reads     = ["packages", "templates"]
      writes    = ["packages"]
      removes   = []
    }
    push = {
      entry_point     = "PushUpdate"
      called_by       = "pass-packaged"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 20
      max_instances   = 10
      timeout_seconds = 540
      settings = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "TOPIC_PASS_PACKAGED", "CERTIFICATES_DIR", "APNS_URL", "APNS_KEY_FILE", "APNS_KEY_ID",
        "APNS_TEAM_ID",
      ]
      secrets   = ["apns-keys"]
      firestore = "user"
      publishes = ["pass-packaged"] # shards of a pass on very many devices, and devices that are left
      reads     = []
      writes    = []
      removes   = []
    }
    sweep = {
      entry_point     = "Sweep"
      called_by       = "scheduler"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 1
      max_instances   = 1
      timeout_seconds = 300
      settings = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PACKAGES_BUCKET", "TOPIC_PASS_CHANGED", "TOPIC_PASS_PACKAGED",
        "TOPIC_PASS_PERSONALIZED", "CERTIFICATES_DIR",
      ]
      secrets   = ["certificates"]
      firestore = "user"
      publishes = ["pass-changed", "pass-packaged", "pass-personalized"]
      reads     = []
      writes    = []
      removes   = ["packages"]
    }
    campaign = {
      entry_point     = "RunCampaigns"
      called_by       = "scheduler"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 1
      max_instances   = 2
      timeout_seconds = 120
      settings        = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "TEMPLATES_BUCKET", "TOPIC_PASS_CHANGED"]
      secrets         = []
      firestore       = "user"
      publishes       = ["pass-changed"]
      reads           = ["templates"]
      writes          = []
      removes         = []
    }
  }
}

eregion = "eu"

# Employed persons and their share, by sex, age band and place of birth, all margins: one JSON array a line.
suppressPackageStartupMessages(library(survey))
persons <- read.csv(commandArgs(trailingOnly = TRUE)[1], stringsAsFactors = TRUE)
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = persons)
dimensions <- c("sex", "age_band", "birth_status")

show <- function(domain, estimates) {
  numbers <- sprintf("%.17g", estimates)
  cat("[", paste(c(sprintf('"%s"', domain), numbers), collapse = ","), "]\n", sep = "")
}

for (size in 0:3) {
  for (chosen in combn(dimensions, size, simplify = FALSE)) {
    if (size == 0) {
      total <- svytotal(~employed, design)
      share <- svyratio(~employed, ~one, design)
      show(rep("all", 3), c(coef(total), SE(total), coef(share), SE(share)))
      next
    }
    by <- reformulate(chosen)
    total <- svyby(~employed, by, design, svytotal)
    share <- svyby(~employed, by, design, svyratio, denominator = ~one)
    for (row in seq_len(nrow(total))) {
      domain <- setNames(rep("all", 3), dimensions)
      for (name in chosen) domain[name] <- as.character(total[row, name])
      show(domain, c(total[row, "employed"], SE(total)[row], share[row, length(chosen) + 1], SE(share)[row]))
    }
  }
}

# The counts and rates asked for, by sex, age band and place of birth, all margins: one JSON array a line.
suppressPackageStartupMessages(library(survey))
files <- commandArgs(trailingOnly = TRUE)
persons <- read.csv(files[1], stringsAsFactors = TRUE)
indicators <- read.csv(files[2], na.strings = "")
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = persons)
dimensions <- c("sex", "age_band", "birth_status")

show <- function(name, domain, estimates) {
  numbers <- sprintf("%.17g", estimates)
  cat("[", paste(c(sprintf('"%s"', c(name, domain)), numbers), collapse = ","), "]\n", sep = "")
}

for (size in 0:3) {
  for (chosen in combn(dimensions, size, simplify = FALSE)) {
    for (row in seq_len(nrow(indicators))) {
      name <- indicators$name[row]
      counted <- reformulate(indicators$counted[row])
      is_count <- is.na(indicators$base[row])
      if (size == 0) {
        if (is_count) estimate <- svytotal(counted, design)
        else estimate <- svyratio(counted, reformulate(indicators$base[row]), design)
        show(name, rep("all", 3), c(coef(estimate), SE(estimate)))
        next
      }
      by <- reformulate(chosen)
      if (is_count) estimate <- svyby(counted, by, design, svytotal)
      else estimate <- svyby(counted, by, design, svyratio, denominator = reformulate(indicators$base[row]))
      for (group in seq_len(nrow(estimate))) {
        domain <- setNames(rep("all", 3), dimensions)
        for (each in chosen) domain[each] <- as.character(estimate[group, each])
        show(name, domain, c(estimate[group, length(chosen) + 1], SE(estimate)[group]))
      }
    }
  }
}

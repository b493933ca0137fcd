# Farrington flexible and EARS of the package surveillance, week by week, over the counts that emerging.py has written.
# Rscript emerging.R FOLDER NAME WEEKS: reads NAME.csv, writes NAME_farrington.csv (p-values), NAME_c1.csv and NAME_c2.csv
# (how many standard deviations above the mean; two weeks more, which C3 needs).
suppressMessages(library(surveillance))
told <- commandArgs(TRUE)
folder <- told[1]; name <- told[2]; weeks <- as.integer(told[3])
counts <- as.matrix(read.csv(file.path(folder, paste0(name, ".csv")), header = FALSE))
last <- ncol(counts)
range <- (last - weeks + 1):last
wide <- (last - weeks - 1):last
z <- qnorm(1 - 0.001)
farrington <- matrix(NA, nrow(counts), weeks)
ears <- list(C1 = matrix(NA, nrow(counts), weeks + 2), C2 = matrix(NA, nrow(counts), weeks + 2))
for (row in seq_len(nrow(counts))) {
  series <- sts(observed = matrix(counts[row, ], ncol = 1), start = c(2019, 1), frequency = 52)
  asked <- list(range = range, b = 4, w = 3, reweight = TRUE, weightsThreshold = 2.58, noPeriods = 10,
                pastWeeksNotIncluded = 26, limit54 = c(0, 4), thresholdMethod = "nbPlugin", alpha = 0.01,
                glmWarnings = FALSE)
  found <- try(suppressWarnings(farringtonFlexible(series, asked)), silent = TRUE)
  if (!inherits(found, "try-error")) farrington[row, ] <- found@control$pvalue[, 1]
  for (method in c("C1", "C2")) {
    bound <- function(alpha) {
      upperbound(earsC(series, list(range = wide, method = method, baseline = 28, minSigma = 0.5, alpha = alpha)))[, 1]
    }
    mean <- bound(0.5)
    ears[[method]][row, ] <- (counts[row, wide] - mean) / ((bound(0.001) - mean) / z)
  }
}
written <- function(what, kind) {
  write.table(what, file.path(folder, paste0(name, "_", kind, ".csv")), sep = ",", row.names = FALSE, col.names = FALSE)
}
written(farrington, "farrington")
written(ears$C1, "c1")
written(ears$C2, "c2")

"""What everything else uses: errors, labels, the account of rows, interrupts, memory."""

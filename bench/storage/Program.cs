using System.Globalization;
using Headgate.Storage.Bench;

// rates [SECONDS]                   commits a second, for bench/storage/run
// write LOCATION FOLDER WRITERS     writes until it is killed; a line for each write that was acknowledged. For tests of crashes
// fill LOCATION FOLDER FILLER       writes until the disk is full, waits for a line on its input, goes on. For tests of full disks
return args switch
{
    ["rates"] => await Rates.RunAsync(TimeSpan.FromSeconds(5)),
    ["rates", var seconds] => await Rates.RunAsync(TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))),
    ["write", var location, var folder, var writers] => await CrashWriter.RunAsync(location, folder, int.Parse(writers, CultureInfo.InvariantCulture)),
    ["fill", var location, var folder, var filler] => await DiskFiller.RunAsync(location, folder, filler),
    _ => 2,
};

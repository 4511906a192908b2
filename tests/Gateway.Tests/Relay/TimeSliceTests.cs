using System.Diagnostics;
using System.Globalization;
using Headgate.Gateway.Relay.Epoll;

namespace Headgate.Gateway.Tests.Relay;

public sealed class TimeSliceTests
{
    private const ulong Shortest = 100_000;

    [Fact]
    public void Shorten_WhereTheKernelKnowsSlices_ShortensThatOfThisThreadOnly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(6, 12), "slices of ordinary threads came with Linux 6.12");
        var isTaken = false;
        ulong before = 0, after = 0, ofItsChild = 0;
        var thread = new Thread(() =>
        {
            before = TimeSlice.Current();
            isTaken = TimeSlice.Shorten();
            after = TimeSlice.Current();
            var child = new Thread(() => ofItsChild = TimeSlice.Current());
            child.Start();
            child.Join();
        });
        thread.Start();
        thread.Join();

        Assert.True(isTaken);
        Assert.Equal((Shortest, before), (after, ofItsChild));
        Assert.NotEqual(Shortest, before);
    }

    [Fact]
    public void Shorten_WhenAnOperatorChoseAnotherPolicy_LeavesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the epoll engine is for Linux");
        var isTaken = true;
        var policy = "";
        var thread = new Thread(() =>
        {
            var id = new FileInfo("/proc/thread-self").ResolveLinkTarget(false)!.Name;
            Run("chrt", "--batch", "--pid", "0", id);
            isTaken = TimeSlice.Shorten();
            policy = Run("chrt", "--pid", id);
        });
        thread.Start();
        thread.Join();

        Assert.False(isTaken);
        Assert.Contains("SCHED_BATCH", policy, StringComparison.Ordinal);
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{program} ended with {process.ExitCode}: {output}"));
        return output;
    }
}

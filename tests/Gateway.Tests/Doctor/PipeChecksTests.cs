using Headgate.Gateway.Doctor;

namespace Headgate.Gateway.Tests.Doctor;

public sealed class PipeChecksTests
{
    private const long Mebi = 1 << 20;

    [Theory]
    [InlineData(64 * Mebi, Mebi, false, "Ok", "gives it 64 of 256")]
    [InlineData(256 * Mebi, Mebi, false, "Ok", "as many as the gateway uses (256)")]
    [InlineData(0, Mebi, false, "Ok", "as many as the gateway uses (256)")]
    [InlineData(Mebi, Mebi / 4, true, "Ok", "as many as the gateway uses (256)")]
    [InlineData(16 * Mebi, Mebi, false, "Warning", "the system gives it 16;")]
    [InlineData(64 * Mebi, Mebi / 4, false, "Warning", "a pipe may hold 262144 bytes")]
    public void Judge_WhateverTheSystemAllows_SaysWhatItMeans(long bytes, long mostEach, bool isPrivileged, string level, string seen)
    {
        var found = new Examination();
        PipeChecks.Judge(found, bytes, mostEach, isPrivileged, Mebi, 256);
        var finding = Assert.Single(found.Findings);
        Assert.Equal(("pipes", level), (finding.Check, finding.Level.ToString()));
        Assert.Contains(seen, finding.Seen, StringComparison.Ordinal);
        Assert.Equal(level == "Warning", finding.ToDo?.Contains("sysctl fs.pipe-", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Capabilities_OfAProcess_AreRead()
    {
        Assert.Equal(1UL << 24, PipeChecks.Capabilities(["Name:\tx", "CapPrm:\tffffffffffffffff", "CapEff:\t0000000001000000"]));
        Assert.Equal(0UL, PipeChecks.Capabilities([]));
    }

    [Fact]
    public void Pages_OfThisProcess_AreJudged()
    {
        var found = new Examination();
        PipeChecks.Pages(found, Environment.ProcessId);
        Assert.Equal(OperatingSystem.IsLinux() ? 1 : 0, found.Findings.Count);
        Assert.DoesNotContain(found.Findings, finding => finding.Seen.Contains("cannot be read", StringComparison.Ordinal));
    }
}

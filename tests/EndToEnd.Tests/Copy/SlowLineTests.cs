using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>A machine behind a line on which one TLS record takes longer than a gateway may be silent.</summary>
public sealed class SlowLineTests
{
    private const int Bytes = 128 << 10;

    [Fact]
    public async Task Copy_OverALineOfSixKilobytesASecond_IsSlowAndNotDead()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var world = await World.StartRoutedAsync(gateways: 2, "desk", "spare");
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 1, Bytes);
        var impossible = await world.Routed!.SlowAsync("desk", "48kbit");
        Assert.SkipWhen(impossible is not null, $"This kernel shapes no traffic: {impossible}");

        var recorded = await CopyRun.UnnoticedAsync(await desk.RunAsync("nightly", ["backup", source], CopyRun.Once), world, tenant, "nightly");

        var resumes = Jobs.AttemptsOf(recorded)[0].GetProperty("gaps").GetProperty("resumes").GetInt64();
        TestContext.Current.TestOutputHelper?.WriteLine($"{resumes} resumes");
        await world.Routed!.HastenAsync("desk");
        await CopyRun.SameAsync(tenant, desk, source);
    }
}

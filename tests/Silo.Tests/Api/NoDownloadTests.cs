using Headgate.Portal;
using Headgate.Protocol.Problems;
using Headgate.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>A server that was not installed from an archive.</summary>
public sealed class NoDownloadTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Get_WithoutAFolder_SaysHowThereWouldBeOne()
    {
        Assert.Empty(world.Services.GetRequiredService<IDownloads>().List());
        using var client = world.EdgeHttp(null);
        foreach (var name in new[] { Downloads.Sums, "headgate-gateway-0.1.0-linux-x64.tar.gz" })
        {
            var problem = await client.RefusedAsync(HttpMethod.Get, "/downloads/" + name);
            Assert.Equal((404, ProblemCodes.NotFound), (problem.Status, problem.Code));
            Assert.Contains("--downloads", problem.Detail, StringComparison.Ordinal);
        }
    }
}

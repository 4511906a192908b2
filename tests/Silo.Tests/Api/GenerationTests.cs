using Headgate.Gateway;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Repository;
using Headgate.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Silo.Tests.Api;

/// <summary>A silo, a gateway and a repository run on through the lives of many certificates, and nobody lifts a hand. Ten generations are more than two lives of 90 days and one of the issuing certificate.</summary>
public sealed class GenerationTests
{
    private const int Generations = 10;
    private static readonly TimeSpan s_step = TimeSpan.FromDays(61);

    [Fact]
    public async Task Programs_ThroughTenGenerations_RenewByThemselvesAndStayBelieved()
    {
        var world = new SiloWorld();
        world.Time.LongWaitsTake = TimeSpan.FromMilliseconds(200);
        await world.InitializeAsync();
        await using var disposal = world;
        using var gatewayFolder = new TemporaryFolder();
        using var repositoryFolder = new TemporaryFolder();
        (await world.EnrolGatewayAsync("gtw9")).Save(gatewayFolder.Path);
        (await world.EnrolRepositoryAsync("repo9")).Save(repositoryFolder.Path);
        var options = new GatewayOptions { DataFolder = gatewayFolder.Path };
        options.Listen.Add("127.0.0.1:0");
        using var gateway = GatewayHost.Build(options, Load(gatewayFolder), services => services.AddSingleton<TimeProvider>(world.Time));
        await gateway.StartAsync();
        await using var repository = RepositoryApplication.Build(
            new RepositoryOptions { DataDirectory = repositoryFolder.Path, Listen = [new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)] },
            Load(repositoryFolder), world.Time, null, CancellationToken.None);
        await repository.StartAsync();
        var issuing = world.Authority.Issuing.SerialNumber;
        var serials = new HashSet<string>();
        for (var generation = 1; generation <= Generations; generation++)
        {
            world.Time.Advance(s_step);
            foreach (var folder in new[] { gatewayFolder, repositoryFolder })
            {
                await UntilRenewedAsync(world, folder);
                using var identity = Load(folder);
                Assert.True(serials.Add(identity.Certificate.SerialNumber));
                using var client = world.EdgeClient(identity);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(SiloWorld.Deadline);
                await foreach (var happened in client.StreamAsync(null, patience.Token))
                {
                    Assert.Equal(EdgeEventKinds.Snapshot, happened.Kind);
                    break;
                }
            }
        }

        // By now a year and eight months are over.
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (world.Authority.Issuing.SerialNumber == issuing)
        {
            Assert.False(deadline.IsCancellationRequested, $"The issuing certificate still ends at {world.Authority.Issuing.NotAfter:u}, it is {world.Time.GetUtcNow():u}.");
            await Task.Delay(50);
        }

        await repository.StopAsync();
        await gateway.StopAsync();
    }

    private static async Task UntilRenewedAsync(SiloWorld world, TemporaryFolder folder)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (true)
        {
            using (var identity = Load(folder))
            {
                if (identity.RenewAt > world.Time.GetUtcNow())
                {
                    return;
                }

                Assert.False(deadline.IsCancellationRequested, $"{identity.Identity.ToUrn()} still holds a certificate until {identity.Certificate.NotAfter:u}, it is {world.Time.GetUtcNow():u}.");
            }

            await Task.Delay(50);
        }
    }

    private static ProgramIdentity Load(TemporaryFolder folder)
    {
        Assert.True(ProgramIdentity.TryLoad(folder.Path, out var identity));
        return identity;
    }
}

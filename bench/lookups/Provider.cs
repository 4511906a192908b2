using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Lookups.Bench;

/// <summary>
/// A provider with many tenants, written into the database that a server then starts on: enrolling as many one by one takes hours. A fifth of the tenants have a run
/// open, each pushed to eight gateways; as many connectors as there are gateways hold certificates.
/// </summary>
internal sealed class Provider
{
    public const string Zone = "bench.test";
    private const int Repositories = 20;
    private const int TenantsPerRun = 5;
    private const int Pushed = 8;
    private const int RowsAtOnce = 4_000;

    private readonly Random _random = new(6);

    public required SslStreamCertificateContext[] Gateways { get; init; }

    public required SslStreamCertificateContext[] Connectors { get; init; }

    /// <summary>The first gateway's key of PROXY headers to the tenant API.</summary>
    public required byte[] TenantKey { get; init; }

    /// <summary>Names of open routes, and the gateways that were told of each.</summary>
    public List<(string ServerName, int[] Gateways)> Routes { get; } = [];

    /// <summary>Names of accesses, one of each tenant.</summary>
    public List<string> Accesses { get; } = [];

    public static string Gateway(int number) => $"gtw{number}";

    /// <summary>Makes the authority and the rows in <paramref name="data"/>.</summary>
    public static async Task<Provider> MakeAsync(string data, int gateways, int tenants)
    {
        Directory.CreateDirectory(data);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSiloStorage(new SiloOptions { DataDirectory = data, Zone = Zone });
        builder.Services.AddAuthority();
        using var host = builder.Build();
        await host.StartAsync();
        var authority = host.Services.GetRequiredService<Authority>();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (ofGateways, gatewaySerials) = Issue(CertificateRole.Gateway, Enumerable.Range(0, gateways).Select(Gateway));
        var (ofConnectors, connectorSerials) = Issue(CertificateRole.Connector, Enumerable.Range(0, gateways).Select(i => $"t{i}/desk"));
        var provider = new Provider { Gateways = ofGateways, Connectors = ofConnectors, TenantKey = authority.ProxyKey(new ProxyEnd(Gateway(0), 1), new ProxyEnd("tenant-api", 0)) };
        var contexts = host.Services.GetRequiredService<IDbContextFactory<SiloDbContext>>();
        foreach (var rows in provider.Rows(gateways, tenants, gatewaySerials, connectorSerials, authority.LabelKey).Chunk(RowsAtOnce))
        {
            await using var db = await contexts.CreateDbContextAsync();
            db.ChangeTracker.AutoDetectChangesEnabled = false;
            db.AddRange(rows);
            await db.SaveChangesAsync();
        }
        await host.StopAsync();
        return provider;

        // One key for all: what it costs to make them is not what is measured.
        (SslStreamCertificateContext[] Contexts, string[] Serials) Issue(CertificateRole role, IEnumerable<string> ids)
        {
            var issued = ids.Select(id => authority.Issue(new CertificateIdentity(role, id), key.ExportSubjectPublicKeyInfo())).ToArray();
            return (
                [
                    .. issued.Select(one =>
                    {
                        using var certificate = X509CertificateLoader.LoadCertificate([.. one.Certificate]);
                        return SslStreamCertificateContext.Create(certificate.CopyWithPrivateKey(key), [authority.IssuerOf(certificate)], offline: true);
                    }),
                ],
                [.. issued.Select(one => one.Serial)]);
        }
    }

    private IEnumerable<object> Rows(int gateways, int tenants, string[] gatewaySerials, string[] connectorSerials, ReadOnlyMemory<byte> labelKey)
    {
        var (now, names) = (DateTimeOffset.UtcNow, new ZoneNames(Zone));
        for (var i = 1; i <= Repositories; i++)
        {
            yield return new RepositoryRow { Id = $"repo{i}", Host = $"192.0.2.{i}", Port = 6183, Serial = $"{i:X32}", Enrolment = 1, Created = now, Version = 1, NotAfter = now.AddDays(90) };
        }
        for (var i = 0; i < gateways; i++)
        {
            yield return new GatewayRow
            {
                Id = Gateway(i), DisplayName = "", Host = $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}", Port = 6180, Weight = 100, Serial = gatewaySerials[i],
                NotAfter = now.AddDays(90), Enrolment = 1, Created = now, Version = 1,
            };
            yield return new GatewayPoolRow { Gateway = Gateway(i), Pool = "default" };
        }
        for (var i = 0; i < tenants; i++)
        {
            var (tenant, repository, access) = ($"t{i}", $"repo{(i % Repositories) + 1}", names.NewAccess());
            Accesses.Add(access);
            yield return new TenantRow { Id = tenant, DisplayName = $"Tenant {i}", Created = now, Revision = 1, Version = 1 };
            yield return new EntitlementRow { Tenant = tenant, Repository = repository, AccessName = access, Created = now };
            yield return new QuotaRow { Tenant = tenant, Repository = repository, LimitBytes = 1L << 40, Revision = 1, Version = 1 };
            yield return new ConnectorRow
            {
                Tenant = tenant, Id = "desk", Host = "desk", Serial = i < connectorSerials.Length ? connectorSerials[i] : $"AA{i:X30}", Enrolled = now, NotAfter = now.AddDays(90),
            };
            if (i % TenantsPerRun != 0)
            {
                continue;
            }
            var label = RouteLabel.Create(labelKey.Span);
            var told = Enumerable.Range(0, Pushed).Select(_ => _random.Next(gateways)).Distinct().ToArray();
            Routes.Add((names.Route(label), told));
            yield return new JobRow { Tenant = tenant, Id = "nightly", Mode = JobMode.Copy, Repository = repository, NextRun = 2, Version = 1 };
            yield return new RunRow
            {
                Tenant = tenant, Job = "nightly", Run = 1, Status = RunStatus.Running, Connector = "desk", Repository = repository, Host = "desk", Tool = "restic backup", Connections = 5,
                ServerName = names.Route(label), Started = now, Heard = now,
            };
            yield return new AttemptRow { Tenant = tenant, Job = "nightly", Run = 1, Attempt = 1, Started = now };
            yield return new RunClaimRow { Tenant = tenant, Job = "nightly", Since = now };
            yield return new RouteRow
            {
                Label = label, ServerName = names.Route(label), Tenant = tenant, Job = "nightly", Run = 1, Repository = repository, Connector = "desk", Rights = AccessLevel.Full,
                Pools = "default", Opened = now, Expires = now.AddHours(1),
            };
            foreach (var gateway in told)
            {
                yield return new RouteGatewayRow { Label = label, Gateway = Gateway(gateway) };
            }
        }
    }
}

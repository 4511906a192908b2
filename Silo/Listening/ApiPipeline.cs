using System.Text.Json.Serialization;
using Headgate.Protocol;
using Headgate.Silo.Authorization;
using Headgate.Silo.EdgeApi;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Listening;

/// <summary>What both APIs have in common: services, limits, and the order of the pipeline.</summary>
internal static class ApiPipeline
{
    /// <summary>Registers what the APIs need. After the authority.</summary>
    public static IServiceCollection AddSiloApis(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<ApiMetrics>();
        services.AddSingleton<SiloTls>();
        services.AddSingleton<ListeningAddresses>();
        services.AddSingleton<IRelayTargets>(provider => provider.GetRequiredService<ListeningAddresses>());
        services.AddSingleton<IEdgeAddress>(provider => provider.GetRequiredService<ListeningAddresses>());
        services.AddSingleton<EdgeHub>();
        services.AddHostedService(provider => provider.GetRequiredService<EdgeHub>());
        services.AddSingleton<BelievedGateways>();
        services.AddHostedService(provider => provider.GetRequiredService<BelievedGateways>());
        services.AddSingleton<SharedSnapshots>();
        services.AddSingleton<StreamPlaces>();
        services.AddSingleton<StreamEndpoint>();
        services.AddSingleton<LeaseEndpoint>();
        services.AddSingleton<TenantLimits>();
        services.AddSingleton<HeartbeatBandwidth>();
        services.AddSingleton<HeldConnections>();
        services.AddProblems();
        services.AddRolePolicies();
        services.AddSingleton<RequestRates>();
        services.AddSingleton<ConnectionGate>();
        services.AddRouting();
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ProtocolJson.Default);
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
        });
        services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = BodyLimit.Default;
            options.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            options.Limits.MaxRequestHeaderCount = 50;
            options.Limits.MaxRequestLineSize = 4 * 1024;
            options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        return services;
    }

    /// <summary>The pipeline of an API for programs: observed, problems in words, versions compared, one policy, limits.</summary>
    public static void UseSiloApi(this IApplicationBuilder api, ApiKind kind, Action<IEndpointRouteBuilder> map) => api
        .UseObservation(kind)
        .UseProblems()
        .UseVersionGate()
        .UseAuthorityNews()
        .UseRouting()
        .UseAuthorization()
        .UseTrustLedger()
        .UseActor(context => context.Features.Get<PeerCertificate>()?.Urn ?? "anonymous " + RequestGate.SourceOf(context))
        .UseRequestRates()
        .UseEndpoints(map);
}

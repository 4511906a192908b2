using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Traffic;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>What all loops of an engine share. Everything in it is safe for concurrent use.</summary>
internal sealed record EdgeServices(
    GatewayOptions Options,
    ConnectionLimits Limits,
    DescriptorBudget Budget,
    RouteResolver Resolver,
    TenantMeters Meters,
    LiveConnections Live,
    GatewayIdentity Identity,
    GatewayCounters Counters,
    GatewayMetrics Metrics,
    TimeProvider Time,
    ILogger<EpollEngine> Log);

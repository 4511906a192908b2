using System.Net;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Proxy;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Listening;

/// <summary>What every request passes first: its refusal will be counted and logged, its answer carries our version, its peer's version works with ours.</summary>
internal static class RequestGate
{
    /// <summary>Counts and logs refusals, and writes our version on every answer.</summary>
    public static IApplicationBuilder UseObservation(this IApplicationBuilder app, ApiKind kind)
    {
        var metrics = app.ApplicationServices.GetRequiredService<ApiMetrics>();
        var logger = app.ApplicationServices.GetRequiredService<ILogger<ApiMetrics>>();
        return app.Use((context, next) =>
        {
            context.Features.Set<IProblemObserver>(new Observer(kind, context, metrics, logger));
            context.Response.OnStarting(static state =>
            {
                ((HttpContext)state).Response.Headers[ProtocolVersion.HeaderName] = ProtocolVersion.Current;
                return Task.CompletedTask;
            }, context);
            return next(context);
        });
    }

    /// <summary>Refuses a peer whose version does not work with ours, in words.</summary>
    public static IApplicationBuilder UseVersionGate(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var version = context.Request.Headers[ProtocolVersion.HeaderName].ToString();
        return ProtocolVersion.IsCompatible(version) ? next(context) : Problem.WriteAsync(context, Mismatch(version));
    });

    /// <summary>Says who acts, for the audit entries that grains write: never the provider.</summary>
    public static IApplicationBuilder UseActor(this IApplicationBuilder app, Func<HttpContext, string> who) => app.Use((context, next) =>
    {
        CallContext.Act(who(context), isProvider: false);
        return next(context);
    });

    /// <summary>Says that the provider acts.</summary>
    public static IApplicationBuilder UseProvider(this IApplicationBuilder app, string who) => app.Use((context, next) =>
    {
        CallContext.Act(who, isProvider: true);
        return next(context);
    });

    /// <summary>The peer's address: as told by the gateway on the tenant API, the socket's otherwise.</summary>
    public static IPAddress SourceOf(HttpContext context) =>
        (context.Features.Get<IProxyConnectionFeature>()?.Header.Source.Address ?? context.Connection.RemoteIpAddress) is { } address
            ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address
            : IPAddress.None;

    private static ProblemAnswer Mismatch(string version) => Problem.Of(
        ProblemCodes.VersionMismatch,
        version.Length == 0
            ? $"The request carries no {ProtocolVersion.HeaderName} header; this silo speaks version {ProtocolVersion.Current}."
            : $"The program speaks version '{(version.Length > 20 ? version[..20] + "..." : version)}', this silo {ProtocolVersion.Current}; versions work together when they are at most one minor version apart. Update the older one.");

    private sealed class Observer(ApiKind kind, HttpContext context, ApiMetrics metrics, ILogger logger) : IProblemObserver
    {
        public void OnProblem(ProblemAnswer problem)
        {
            var code = problem.Code ?? ProblemCodes.Internal;
            metrics.RequestRefused(kind, code);
            ListeningLog.Refused(logger, kind, context.Request.Method, context.Request.Path, SourceOf(context).ToString(), problem.Status, code);
        }
    }
}

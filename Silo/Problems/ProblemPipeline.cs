using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Problems;

/// <summary>Wires problem details into a pipeline.</summary>
internal static class ProblemPipeline
{
    /// <summary>Registers the handler of faults, and has malformed requests thrown to it.</summary>
    public static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.AddExceptionHandler<FaultHandler>();
        services.AddProblemDetails();
        services.Configure<Microsoft.AspNetCore.Routing.RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        return services;
    }

    /// <summary>Everything after this is answered in problem details when it is refused. Comes first.</summary>
    public static IApplicationBuilder UseProblems(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = static _ => true })
        .UseStatusCodePages(context => Problem.WriteAsync(
            context.HttpContext, StatusProblems.Of(context.HttpContext.Response.StatusCode, context.HttpContext)));
}

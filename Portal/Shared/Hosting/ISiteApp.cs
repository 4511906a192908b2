using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Portal;

/// <summary>A site's root component: what its pages need beside what every site has.</summary>
public interface ISiteApp
{
    /// <summary>Adds services; hosted ones run as long as the site does.</summary>
    static virtual void AddServices(IServiceCollection services)
    {
    }

    /// <summary>Adds endpoints. Each says itself who may call it.</summary>
    static virtual void MapEndpoints(IEndpointRouteBuilder routes)
    {
    }
}

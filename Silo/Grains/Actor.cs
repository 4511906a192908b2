using Headgate.Grains;

namespace Headgate.Silo.Grains;

/// <summary>Who acts, for the audit and for what only the provider may do. APIs set it before they call a grain; it travels with the call.</summary>
internal static class Actor
{
    /// <summary>A user's name, a certificate's <c>urn:headgate:role:id</c>, or <c>silo</c> when nobody said.</summary>
    public static string Current => RequestContext.Get(CallContext.Actor) as string ?? "silo";

    /// <summary>Whether it is said that the service provider acts.</summary>
    public static bool IsProvider => RequestContext.Get(CallContext.IsProvider) is true;

    /// <summary>Refuses whoever is said to be somebody else than the provider, where no page or API leads him: so that one that did by mistake would loosen nothing.</summary>
    /// <exception cref="RefusedException">Somebody else acts.</exception>
    public static void RefuseOthers(string what)
    {
        if (RequestContext.Get(CallContext.IsProvider) is false)
        {
            throw new RefusedException(RefusalReason.NeedsProvider, $"{what} is for the service provider only. Ask your service provider.");
        }
    }
}

using Headgate.Grains;

namespace Headgate.Silo.Grains;

/// <summary>Who acts, for the audit. APIs set it before they call a grain; it travels with the call.</summary>
internal static class Actor
{
    private const string ContextKey = CallContext.Actor;

    /// <summary>A user's name, a certificate's <c>urn:headgate:role:id</c>, or <c>silo</c> when nobody set it.</summary>
    public static string Current
    {
        get => RequestContext.Get(ContextKey) as string ?? "silo";
        set => RequestContext.Set(ContextKey, value);
    }
}

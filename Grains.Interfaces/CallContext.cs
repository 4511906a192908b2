namespace Headgate.Grains;

/// <summary>What travels with a call beside its arguments (<see cref="RequestContext"/>).</summary>
public static class CallContext
{
    /// <summary>Key of who acts, a string, for the audit: a user's name or a certificate's <c>urn:headgate:role:id</c>.</summary>
    public const string Actor = "headgate.actor";

    /// <summary>
    /// Key of a bool, true where the service provider acts: an administrator in the portal or on the server's own machine. Without it a call has a tenant's rights at most:
    /// an API that forgets to say who acts loosens nothing.
    /// </summary>
    public const string IsProvider = "headgate.provider";

    /// <summary>Says who acts in the calls made from here on.</summary>
    /// <param name="actor">For the audit.</param>
    /// <param name="isProvider">Whether the service provider does.</param>
    public static void Act(string actor, bool isProvider)
    {
        RequestContext.Set(Actor, actor);
        RequestContext.Set(IsProvider, isProvider);
    }
}

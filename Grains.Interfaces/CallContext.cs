namespace Headgate.Grains;

/// <summary>What travels with a call beside its arguments (<see cref="RequestContext"/>).</summary>
public static class CallContext
{
    /// <summary>Key of who acts, a string, for the audit: a user's name or a certificate's <c>urn:headgate:role:id</c>.</summary>
    public const string Actor = "headgate.actor";
}

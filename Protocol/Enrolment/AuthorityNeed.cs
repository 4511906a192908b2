namespace Headgate.Protocol.Enrolment;

/// <summary>What a program has to do about the roots that the silo told.</summary>
public enum AuthorityNeed
{
    /// <summary>Nothing: it knows them, and its certificate leads to the first.</summary>
    None,

    /// <summary>Fetch the roots and trust them.</summary>
    Fetch,

    /// <summary>Renew its certificate: the present one leads to a root that is on its way out.</summary>
    Renew,
}

pub fn pdf(){}
pub struct PdfError;
